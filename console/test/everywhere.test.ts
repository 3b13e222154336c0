/** What holds for every page: it can be read by everybody, fits a telephone, says what went wrong, and loses nothing that was typed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, assertAccessible, base, openConsole, people, type Who } from './browser.ts'

const staff = ['/', '/clients', '/users', '/change_sets', '/activity', '/logins', '/profile', '/tokens']
const reseller = [
  ...staff,
  '/clients/new',
  '/sellers',
  '/branding',
  '/mail_server',
  '/availability',
  '/notifications',
  '/security',
  '/directory',
  '/identity_providers',
]
const { body: changeSet } = await ask('reseller', 'POST', '/reeve/change_sets', {
  change: { type: 'set_service_status', product: 'CDN', status: 'active' },
  select: { filter: { deleted: 'false', cdn: 'trial' } },
})
const pages: Record<Who, string[]> = {
  platform: ['/', '/resellers', '/outbox', '/server'],
  reseller: [...reseller, `/clients/${people.administrator.id}`, `/change_sets/${changeSet.id}`],
  seller: ['/', '/clients'],
  administrator: [
    '/',
    '/services',
    '/members',
    '/account',
    '/directory',
    '/identity_providers',
    '/activity',
    '/logins',
    '/profile',
    '/tokens',
  ],
  user: ['/', '/services', '/members', '/account', '/tokens'],
}

for (const who of Object.keys(pages) as Who[])
  for (const theme of ['light', 'dark'] as const)
    test(`the pages of ${who} are accessible and fit a telephone, ${theme}`, { timeout: 240_000 }, async (t) => {
      const page = await openConsole(t, { as: who, theme, language: theme === 'dark' ? 'de' : 'en' })
      for (const path of pages[who]) {
        await page.setViewportSize({ width: 1280, height: 800 })
        await page.goto(path)
        await page.locator('h1').waitFor()
        await page.waitForLoadState('networkidle')
        await assertAccessible(page)
        await page.setViewportSize({ width: 360, height: 740 })
        const overflows = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
        assert.equal(overflows, false, `${path} scrolls sideways at 360 pixels`)
      }
    })

test('an address that does not exist is said to be none', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/no/such/page' })
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
})

test('a server that fails, and one that cannot be reached, are told apart, and a second try goes on', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/profile', expects: /500|ERR_|Failed to load/ })
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await page.route('**/reeve/activity*', (route) => route.fulfill({ status: 500, body: '{}' }))
  await page.goto('/activity')
  await page.getByText('The server failed to answer').first().waitFor()
  await page.unroute('**/reeve/activity*')
  await page.route('**/reeve/activity*', (route) => route.abort())
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await page.getByText('The server cannot be reached').first().waitFor()
  await page.unroute('**/reeve/activity*')
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await page.getByRole('table').first().waitFor()
})

test('a session that ends in the middle of a form is renewed in place', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients/new', expects: /40[01]/ })
  const email = page.getByLabel('Email').first()
  await email.fill('kept@north.example')
  // Somewhere else all sessions of the user end, and the access token is the server's to refuse.
  const sessions = await (await fetch(`${base}/reeve/sessions`, { headers: { authorization: `APIKey ${people.reseller.token}` } })).json()
  for (const { id } of sessions)
    await fetch(`${base}/reeve/sessions/${id}`, { method: 'DELETE', headers: { authorization: `APIKey ${people.reseller.token}` } })
  await page.getByRole('link', { name: 'Accounts' }).hover()
  await page.evaluate(() => dispatchEvent(new Event('focus')))
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  const submit = page.locator('form button[type=submit]').first()
  if (!(await dialog.isVisible())) await submit.click()
  await dialog.waitFor()
  await dialog.getByLabel('Password', { exact: true }).fill(people.reseller.password)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await email.inputValue(), 'kept@north.example')
})

test('a page shows its calls as curl, without the token', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/sellers' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
  await page.getByRole('button', { name: 'API calls of this page' }).click()
  const call = page.getByRole('dialog').locator('pre', { hasText: '/reeve/sellers' }).first()
  await call.waitFor()
  const text = (await call.textContent()) ?? ''
  assert.match(text, /^curl '/)
  assert.match(text, /APIKey \$TOKEN/)
  assert.doesNotMatch(text, /eyJ/)
})
