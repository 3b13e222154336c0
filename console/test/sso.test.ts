/** Signing in by an identity provider in the browser: its button, a company's domain, joining by the password once, and linked identities. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { openIdProvider, person } from '../../test/openid-provider.ts'
import { ask, assertAccessible, openConsole, people, type Who, world } from './browser.ts'

const op = await openIdProvider({ reeve: 'a secret' })
const signsIn = (sub: string, email: string) => {
  op.person = { ...person, sub, email, name: sub }
}

/** Creates a provider, tests it in a browser and switches it on. */
async function newProvider(page: Page, who: Who, fields: object): Promise<{ id: number; name: string }> {
  const oauth = { issuer: op.issuer, client_id: 'reeve', client_secret: 'a secret' }
  const { status, body } = await ask(who, 'POST', '/reeve/identity_providers', { kind: 'oidc', oauth, ...fields })
  assert.equal(status, 201, JSON.stringify(body))
  // The cookie of the test must be this browser's.
  const { url } = await page.evaluate(
    async ([id, token]) => {
      const headers = { authorization: `APIKey ${token}` }
      return (await fetch(`/reeve/identity_providers/${id}/test`, { method: 'POST', headers })).json()
    },
    [body.id, people[who].token] as const,
  )
  await page.goto(url)
  const on = await ask(who, 'POST', `/reeve/identity_providers/${body.id}/state`, { state: 'on' })
  assert.equal(on.status, 200, JSON.stringify(on.body))
  return body
}

const pages = (page: Page) => page.getByRole('navigation', { name: 'Pages' })

test('a company’s domain leads to its provider, the password joins once, and then the provider is enough', async (t) => {
  const { email, password } = people.administrator
  const domain = email.slice(email.indexOf('@') + 1)
  const setup = await openConsole(t, { address: world.baseUrl, as: 'reseller' })
  await pages(setup).waitFor()
  const provider = await newProvider(setup, 'reseller', { name: 'Aurora ID', client_id: people.administrator.id })
  const added = await ask('reseller', 'POST', `/reeve/identity_providers/${provider.id}/domains`, { domain })
  const vouched = await ask('reseller', 'POST', `/reeve/identity_providers/${provider.id}/domains/${added.body.id}/vouch`)
  assert.equal(vouched.status, 200, JSON.stringify(vouched.body))
  signsIn('the administrator', email)

  const page = await openConsole(t, { address: world.baseUrl, path: '/profile', expects: /status of 40[01]/ })
  await page.waitForURL('**/sign-in?next=%2Fprofile')
  await page.getByRole('button', { name: 'Sign in with your company' }).click()
  await page.getByRole('heading', { name: 'Sign in with your company' }).waitFor()
  await assertAccessible(page)
  await page.getByLabel('Corporate domain').fill('nobody.example')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('No identity provider is set up').waitFor()

  await page.getByRole('button', { name: 'Sign in with your company' }).click()
  await page.getByLabel('Corporate domain').fill(domain)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await page.getByText(`Aurora ID says that you are ${email}`).waitFor()
  await assertAccessible(page)
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('is wrong').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await pages(page).waitFor()

  const again = await openConsole(t, { address: world.baseUrl, path: '/sign-in?next=%2Fprofile' })
  await again.getByRole('button', { name: 'Sign in with your company' }).click()
  await again.getByLabel('Corporate domain').fill(domain)
  await again.keyboard.press('Enter')
  await again.waitForURL('**/profile')
  await pages(again).waitFor()
  await again.getByRole('link', { name: 'Linked identities' }).click()
  const table = again.getByRole('table')
  await table.getByRole('cell', { name: 'Aurora ID' }).waitFor()
  await table.getByText(email).waitFor()
})

test('an identity is linked and unlinked in the profile, signs in by its button, and signs out at the provider', async (t) => {
  const page = await openConsole(t, { address: world.baseUrl, as: 'seller', path: '/profile?tab=identities' })
  await page.getByText('No linked identities').waitFor()
  const { id, name } = await newProvider(page, 'reseller', { name: 'North ID', for_staff: true })
  const button = { name: `Continue with ${name}` }
  signsIn('the seller', 'seller@elsewhere.example')
  await page.goto('/profile?tab=identities')
  await page.getByRole('button', { name: `Link ${name}` }).click()
  await page.getByText('The identity is linked').waitFor()
  const table = page.getByRole('table')
  await table.getByRole('cell', { name }).waitFor()
  await assertAccessible(page)

  const other = await openConsole(t, { address: world.baseUrl, path: '/sign-in', expects: /status of 401/ })
  await other.getByRole('link', button).click()
  await pages(other).waitFor()
  // A session that ends in the middle of work goes on by the provider, where it was.
  await other.goto('/clients?q=north')
  await pages(other).waitFor()
  const ended = /reeve\/(logins|session\/refresh)/
  await other.route(ended, (route) => route.fulfill({ status: 401, json: { message: 'Given token not valid for any token type' } }))
  await other.getByRole('link', { name: 'Sign-ins' }).click()
  await other.getByRole('dialog').getByRole('button', button).waitFor()
  await other.unroute(ended)
  await other.getByRole('dialog').getByRole('button', button).click()
  await pages(other).waitFor()
  await other.getByRole('heading', { name: 'Sign-ins' }).waitFor()
  await other.locator('button[aria-haspopup=menu]').click()
  await other.getByRole('menuitem', { name: 'Sign out' }).click()
  await other.getByRole('heading', { name: 'Signed out there' }).waitFor()

  // Somebody whom the provider knows and we do not.
  signsIn('a stranger', 'stranger@elsewhere.example')
  const stranger = await openConsole(t, { address: world.baseUrl, path: '/sign-in' })
  await stranger.getByRole('link', button).click()
  await stranger.getByRole('alert').getByText('not in a domain of this identity provider').waitFor()

  // The page goes to the provider by itself where it is to, but neither with `?password` nor after signing out.
  signsIn('the seller', 'seller@elsewhere.example')
  const forced = await openConsole(t, { address: world.baseUrl, path: '/sign-in?password' })
  await forced.getByRole('heading', { name: 'Sign in' }).waitFor()
  await forced.route('**/reeve/sso/providers', async (route) => {
    const list = (await (await route.fetch()).json()) as { id: number }[]
    await route.fulfill({ json: list.map((one) => ({ ...one, force_redirect: one.id === id })) })
  })
  await forced.goto('/sign-in?password')
  await forced.getByRole('link', button).waitFor()
  await forced.goto('/profile')
  await forced.waitForURL('**/profile')
  await pages(forced).waitFor()
  const second = await forced.context().newPage()
  await second.goto('/profile')
  await pages(second).waitFor()
  await second.locator('button[aria-haspopup=menu]').click()
  await second.getByRole('menuitem', { name: 'Sign out' }).click()
  await forced.waitForURL('**/sign-in')
  await forced.getByRole('link', button).waitFor()

  await table.getByRole('button', { name: 'Unlink' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
  await page.getByText('No linked identities').waitFor()
})

test('what went wrong at a provider is said, in words, in both themes and at 320 pixels', async (t) => {
  const said = {
    expired: 'took too long',
    not_allowed: 'not in a domain',
    no_account: 'no user for you',
    provider_failed: 'did not sign you in',
  }
  for (const theme of ['light', 'dark'] as const) {
    const page = await openConsole(t, { address: world.baseUrl, path: '/sign-in', theme, width: 320 })
    for (const [code, words] of Object.entries(said)) {
      await page.goto(`/sign-in?sso_error=${code}`)
      await page.getByRole('alert').getByText(words).waitFor()
    }
    await assertAccessible(page)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  }
  const page = await openConsole(t, { address: world.baseUrl, path: '/sign-in?sso=join', expects: /status of 400/ })
  await page.getByRole('alert').getByText('took too long').waitFor()
  await page.getByRole('button', { name: 'Back to sign in' }).click()
  await page.getByLabel('Email').waitFor()
})
