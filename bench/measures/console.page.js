/** What bench/measures/console.ts does within the page, where the times are those of its frames. Plain JavaScript: the browser runs it as it is. */
localStorage.setItem('reeve-session', '1')
const frame = () => new Promise(requestAnimationFrame)
const one = (selector) => document.querySelector(selector)

globalThis.bench = {
  async signIn(body) {
    const headers = { 'content-type': 'application/json' }
    return (await fetch('/reeve/session/login', { method: 'POST', headers, body: JSON.stringify(body) })).status
  },

  /** Paths of the scripts and styles that the page has loaded until now. */
  assets: () =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname)
      .filter((path) => /^\/assets\/.+\.(js|css)$/.test(path)),

  /** From the start of the page until its first row is painted. */
  async opened() {
    while (!one('[data-index="0"] a')) await frame()
    await frame()
    return performance.now()
  },

  /** From the click on a value of the open filter until its rows are painted. */
  async filter(value) {
    const button = [...document.querySelectorAll('[role=dialog] button')].find(({ textContent }) => textContent === value)
    const before = location.search
    const began = performance.now()
    button.click()
    while (location.search === before || one('[role=grid]').getAttribute('aria-busy') !== 'false') await frame()
    await frame()
    return performance.now() - began
  },

  /** From Enter behind a row's number until the row is painted. */
  async jump(index) {
    const began = performance.now()
    one('input[name=row]').form.requestSubmit()
    while (!one(`[data-index="${index}"] a`)) await frame()
    await frame()
    return performance.now() - began
  },

  /** Frames of so many ms: how long each took, how many had all their rows, and the longest task. */
  async watch(time) {
    const found = { deltas: [], full: 0, longest: 0 }
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) found.longest = Math.max(found.longest, duration)
    })
    observer.observe({ type: 'longtask' })
    const began = performance.now()
    for (let last = await frame(); last - began < time; ) {
      const now = await frame()
      found.deltas.push(now - last)
      last = now
      if (one('[data-index]') && !one('[data-index] i')) found.full++
    }
    observer.disconnect()
    return found
  },
}
