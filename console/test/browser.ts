/** Pages in a real browser, signed in as somebody of the demo world. Every test fails on errors in the page and on violations of its policy. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, type TestContext } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import type { Showcase } from '../../src/demo/showcase.ts'

export const world: Showcase = JSON.parse(readFileSync(process.env.REEVE_CONSOLE_DEMO ?? '', 'utf8'))
// Passkeys and cookies go by names, and localhost is one.
export const base = world.baseUrl.replace('127.0.0.1', 'localhost')

interface Person {
  email: string
  password: string
  token: string
}
const first = <T>(all: readonly T[], what: string): T => all[0] ?? assert.fail(`the demo world has no ${what}`)
const ofRole = (role: string) =>
  first(
    world.clients.filter((one) => one.role === role && one.reseller === world.resellers[0]?.id),
    role,
  )
/** One of each kind, all of the first reseller but the operator of the platform. */
export const people = {
  platform: world.platform,
  reseller: first(world.resellers, 'reseller'),
  seller: first(world.sellers, 'seller'),
  administrator: ofRole('Administrators'),
  user: ofRole('Users'),
} satisfies Record<string, Person>
export type Who = keyof typeof people

let browser: Promise<Browser> | undefined
after(async () => {
  await (await browser)?.close()
})

interface Options {
  /** Who is signed in; nobody if left out. */
  as?: Who | Person
  /** Address within the console. */
  path?: string
  theme?: 'light' | 'dark'
  width?: number
  language?: string
  /** Where the server is. Identity providers send browsers back to the address that it has by its settings. */
  address?: string
  /** Messages of the browser's console that the test causes on purpose, such as a refusal. */
  expects?: RegExp
}

/** Opens a page of its own context. It is closed at the end of the test, which fails if the page has reported an error. */
export async function openConsole(t: TestContext, options: Options = {}): Promise<Page> {
  const { as, path = '/', theme = 'light', width = 1280, language = 'en', address = base, expects } = options
  browser ??= driver.launch({ executablePath: process.env.REEVE_CHROMIUM ?? '', args: ['--no-sandbox'] })
  const context = await (await browser).newContext({
    viewport: { width, height: 800 },
    colorScheme: theme,
    locale: language,
    baseURL: address,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(15_000)
  const errors: string[] = []
  context.on('weberror', (error) => errors.push(String(error.error())))
  context.on('console', (message) => {
    if (message.type() === 'error' && !expects?.test(message.text())) errors.push(`${message.text()} ${message.location().url}`)
  })
  t.after(async () => {
    await context.close()
    assert.deepEqual(errors, [], 'the page reported errors')
  })
  const page = await context.newPage()
  if (as) await signIn(page, typeof as === 'string' ? people[as] : as)
  await page.goto(path)
  return page
}

/** Signs in without the form, as a page of the console would. */
export async function signIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>) {
  await page.goto('/sign-in')
  const status = await page.evaluate(
    async (body) => {
      const response = await fetch('/reeve/session/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (response.ok) localStorage.setItem('reeve-session', '1')
      return response.status
    },
    { username: email, password },
  )
  assert.equal(status, 200, `${email} can sign in`)
}

/** Asks the API beside the browser, to prepare or to see what a page did. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
export async function ask(who: Who | Person, method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
  const { token } = typeof who === 'string' ? people[who] : who
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `APIKey ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json().catch(() => undefined) }
}

/** Fails on anything that WCAG 2.2 AA does not allow, as far as a program can tell. */
export async function assertAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id} (${help}): ${target.join(' ')}`))
  assert.deepEqual(found, [], `${page.url()} is accessible`)
}
