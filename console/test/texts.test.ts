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

/** Names that are the same in every language, and short ones of products. */
const names = new RegExp(
  String.raw`\b(Reeve|API|SMTP|TLS|UTC|CSV|JSON|MB|curl|Esc|Enter|Ctrl|English|Deutsch|Chrome|Safari|Firefox|Linux|macOS|Windows|Android|iOS|` +
    String.raw`CDN|DNS|DDoS|CLD|STO|STR|Storage|Streaming|Cloud|Connect|Infrastructure Protection)\b`,
  'g',
)

/** Days as a chart has them. */
const days = /\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2}(, \d{4})?/g

/** What of the texts a reader sees or hears is plain English, and not from an answer of the server. */
function plainTexts(page: Page): Promise<string[]> {
  return page.evaluate(
    (codes) => {
      // As the browser has them, which differ from Node's.
      const regions = new Intl.DisplayNames('en', { type: 'region' })
      const countries = new Set(codes.map((code) => regions.of(code)))
      const found = new Set<string>()
      // Data, times, keys, and what is said to be in another language.
      const data = 'bdi, code, pre, time, kbd, svg, body [lang]'
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement
        if (parent && !parent.closest('script, style, noscript') && !parent.closest(data)) found.add((node.textContent ?? '').trim())
      }
      for (const element of document.querySelectorAll('[aria-label], [title], [aria-valuetext], img[alt]'))
        if (!element.closest(data))
          for (const name of ['aria-label', 'title', 'aria-valuetext', 'alt']) found.add(element.getAttribute(name)?.trim() ?? '')
      return [...found].filter((text) => /[a-z]{2}/i.test(text) && !countries.has(text))
    },
    [...countryCodes],
  )
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

/** The words of a text that are neither in disguise nor data. */
const leftOver = (text: string, data: ReadonlySet<string>) =>
  wordsOf(text.replace(names, ' ').replace(days, ' ')).filter((word) => /^[a-z]{2,}$/i.test(word) && !data.has(word))

/** @returns what is wrong with a page at two widths */
async function faultsOf(page: Page, path: string, answers: ReadonlySet<string>): Promise<string[]> {
  const faults: string[] = []
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(path)
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
  assert.match(await page.locator('body').innerText(), /[åéíóú]/, 'the text is in disguise')
  for (const text of await plainTexts(page)) {
    const words = leftOver(text, answers)
    if (words.length > 0) faults.push(`${path}: “${words.join(' ')}” in “${text}”`)
  }
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 })
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) faults.push(`${path} scrolls sideways at ${width}`)
    for (const one of await cutOff(page)) faults.push(`${path} at ${width}: ${one}`)
  }
  return faults
}

for (const who of Object.keys(pages) as Who[])
  test(`the pages of ${who} can be translated as a whole, and longer words have room`, { timeout: 300_000 }, async (t) => {
    // A server that has much to do says on its page that it is not ready.
    const page = await openConsole(t, { path: '/sign-in', expects: /status of 503/ })
    await disguiseEnglish(page)
    await signIn(page, people[who])
    const answers = answersOf(page)
    const faults: string[] = []
    for (const path of pages[who] ?? []) faults.push(...(await faultsOf(page, path, answers)))
    assert.deepEqual(faults, [])
  })

test('so can the sign-in page', async (t) => {
  const page = await openConsole(t, { path: '/sign-in' })
  await disguiseEnglish(page)
  assert.deepEqual(await faultsOf(page, '/sign-in', answersOf(page)), [])
})

test('days are written as in Azerbaijan, for which the browser has no data', async (t) => {
  const page = await openConsole(t, { as: 'administrator', path: '/logins', language: 'az' })
  const time = page.getByRole('main').locator('time').first()
  await time.waitFor()
  assert.match(
    `${await time.innerText()} ${await time.getAttribute('title')}`,
    /\b\d\d\.\d\d\.\d{4}, \d\d:\d\d\b|\d+ (saniyə|dəqiqə|saat|gün) əvvəl/,
  )
  assert.doesNotMatch(await page.locator('body').innerText(), /\bM\d\d\b/)
})
