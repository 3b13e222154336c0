/** Every text can be translated and has room for longer words: the pages in a longer English with accents. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { countryCodes } from '../../src/lib/countries.ts'
import { ask, openConsole, people, signIn, type Who } from './browser.ts'
import { disguiseEnglish } from './pseudo.ts'

const client = `/clients/${people.administrator.id}`
const tabs = ['services', 'products', 'features', 'people', 'tokens', 'hostnames', 'timeline', 'deletion']
const { body: changeSet } = await ask('reseller', 'POST', '/reeve/change_sets', {
  change: { type: 'set_service_status', product: 'CDN', status: 'active' },
  select: { filter: { deleted: 'false', cdn: 'trial' } },
})
const pages: Partial<Record<Who, string[]>> = {
  platform: ['/', '/resellers', '/outbox', '/server'],
  reseller: [
    ...['/', '/clients', client, ...tabs.map((tab) => `${client}?tab=${tab}`), '/clients/new', '/users', '/sellers', '/change_sets'],
    ...[
      `/change_sets/${changeSet.id}`,
      '/activity',
      '/logins',
      '/branding',
      '/mail_server',
      '/availability',
      '/notifications',
      '/security',
    ],
  ],
  administrator: [
    ...['/', '/services', '/members', '/account', '/account?tab=staff-access', '/account?tab=deletion', '/activity', '/logins'],
    ...['/profile', '/profile?tab=password', '/profile?tab=two-step', '/profile?tab=passkeys', '/profile?tab=sessions', '/tokens'],
  ],
}

/** Names that are the same in every language. */
const names =
  /\b(Reeve|API|CDN|DNS|DDoS|Storage|Streaming|Cloud|Connect|Infrastructure Protection|SMTP|TLS|UTC|CSV|JSON|curl|Esc|Enter|Ctrl)\b/g

/** What of the texts a reader sees or hears is plain English, and not from an answer of the server. */
function plainTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = new Set<string>()
    // Data, times and numbers as the browser writes them, and examples of what to type.
    const data = 'bdi, code, pre, time, kbd, svg, [lang], option[data-data]'
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent && !parent.closest('script, style, noscript') && !parent.closest(data)) found.add((node.textContent ?? '').trim())
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [aria-valuetext], img[alt]'))
      if (!element.closest(data))
        for (const name of ['aria-label', 'title', 'aria-valuetext', 'alt']) found.add(element.getAttribute(name)?.trim() ?? '')
    return [...found].filter((text) => /[a-z]{2}/i.test(text))
  })
}

/** Controls and headings whose text is cut off. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = [...document.querySelectorAll('button, button *, a, label, legend, h1, h2, h3, th, dt, [role=columnheader], select')]
    return wide
      .filter((element) => !element.closest('bdi') && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1)
      .filter((element) => getComputedStyle(element).overflowX !== 'visible' || element.closest('button, a'))
      .map((element) => `${element.tagName} “${element.textContent?.slice(0, 60)}”: ${element.scrollWidth} > ${element.clientWidth}`)
  })
}

const wordsOf = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? []

/** The words in the answers of the server that a page has had. */
function answersOf(page: Page): ReadonlySet<string> {
  const all = new Set<string>()
  const collect = (value: unknown) => {
    if (typeof value === 'string') for (const word of wordsOf(value)) all.add(word)
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect)
  }
  page.on('response', async (response) => {
    if (!/^\/(iam|reeve)\//.test(new URL(response.url()).pathname)) return
    // Some answers are empty, or gone with the page that asked.
    collect(await response.json().catch(() => undefined))
  })
  return all
}

const regions = new Intl.DisplayNames('en', { type: 'region' })
const countries = new Set([...countryCodes].flatMap((code) => wordsOf(regions.of(code) ?? '')))

/** The words of a text that are neither in disguise nor data. */
const leftOver = (text: string, data: ReadonlySet<string>) =>
  wordsOf(text.replace(names, ' ')).filter((word) => /^[a-z]{2,}$/i.test(word) && !data.has(word) && !countries.has(word))

for (const who of Object.keys(pages) as Who[])
  test(`the pages of ${who} can be translated as a whole, and longer words have room`, { timeout: 300_000 }, async (t) => {
    const page = await openConsole(t, { path: '/profile' })
    await disguiseEnglish(page)
    await signIn(page, people[who])
    const answers = answersOf(page)
    const wrong: string[] = []
    for (const path of pages[who] ?? []) {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 })
        if (width === 1280) {
          await page.goto(path)
          await page.locator('h1').waitFor()
          await page.waitForLoadState('networkidle')
          assert.match(await page.getByRole('navigation').first().innerText(), /[åéíóú]/, 'the text is in disguise')
          for (const text of await plainTexts(page)) {
            const words = leftOver(text, answers)
            if (words.length > 0) wrong.push(`${path}: “${words.join(' ')}” in “${text}”`)
          }
        }
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrong.push(`${path} scrolls sideways at ${width}`)
        for (const one of await cutOff(page)) wrong.push(`${path} at ${width}: ${one}`)
      }
    }
    assert.deepEqual(wrong, [])
  })
