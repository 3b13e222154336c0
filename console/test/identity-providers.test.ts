/** Single sign-on is set up step by step, against a certified provider of OpenID Connect, tested, switched on and enforced. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { ask, assertAccessible, openConsole } from './browser.ts'
import { type Made, newAdministrator, newMember } from './own-people.ts'
import { address, made, metadata, op } from './own-providers.ts'

/** Adds a provider by the dialog; the page is then at its first step. */
async function add(page: Page, kind: string, name: string) {
  await page.getByRole('button', { name: 'Add a provider' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: kind }).check()
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}

const step = (page: Page, name: string) => page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name }).click()

/** Begins a test sign-in, follows the tab to its end, and closes it. */
async function testSignIn(page: Page) {
  const opened = page.context().waitForEvent('page')
  await page.getByRole('button', { name: /^(Begin the test|Test again)$/ }).click()
  const tab = await opened
  await tab.waitForURL(/\/identity_providers\/\d+\?test=/)
  return tab
}

test('an Administrator sets OpenID Connect up, leaves, comes back, tests it and switches it on', async (t) => {
  const administrator = await newAdministrator()
  const page = await openConsole(t, { address, as: administrator, path: '/identity_providers', expects: /40[03]/ })
  await add(page, 'OpenID Connect', 'Aurora staff')

  const redirect = page.getByRole('button', { name: 'Copy: Redirect URI' })
  await redirect.click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${address}/reeve/sso/callback`)
  await page.getByRole('button', { name: 'Next: Their values' }).click()
  await page.getByLabel('Issuer').fill(op.issuer)
  await page.getByLabel('Client ID').fill('reeve')
  await page.getByLabel('Client secret').fill('a wrong secret')
  await page.getByLabel('Further scopes').fill('groups')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Stored, and never shown').waitFor()

  // Whoever comes back another day is at the first step that is not done.
  await page.goto('/identity_providers')
  await page.getByRole('link', { name: 'Aurora staff' }).click()
  await page.getByRole('heading', { name: 'Domains' }).waitFor()
  await step(page, 'Switch on')
  assert.equal(await page.getByRole('button', { name: 'Switch on' }).isDisabled(), true, 'not before a test')

  await step(page, 'Test sign-in')
  const failed = await testSignIn(page)
  await page.getByText('The test failed.').waitFor()
  await page
    .getByText(/secret/)
    .first()
    .waitFor()
  await failed.close()

  await step(page, 'Their values')
  await page.getByRole('button', { name: 'Edit Their values' }).click()
  await page.getByLabel('Client secret').fill('a secret of the test')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved').first().waitFor()
  await step(page, 'Test sign-in')
  const succeeded = await testSignIn(page)
  await page.getByText('The test succeeded').waitFor()
  await page.getByText('the domain of the address is not proven').waitFor()
  await page.getByText('anna@aurora-arrivals.example').first().waitFor()
  await page.getByText('"Anna Berg"').waitFor()
  await succeeded.getByText('The test succeeded').waitFor()
  await succeeded.close()

  await step(page, 'Switch on')
  await page.getByRole('button', { name: 'Switch on' }).click()
  await page.getByText('Aurora staff is on.').waitFor()
  await page.getByRole('button', { name: 'Switch off' }).waitFor()
})

test('a domain shows the record that proves it, a check says what it found, and the reseller vouches in its place', async (t) => {
  const administrator = await newAdministrator()
  const { path } = await made(administrator)
  const domain = `${randomUUID().slice(0, 8)}.example`
  const page = await openConsole(t, { address, as: administrator, path: `${path}?step=domains`, expects: /400/ })
  await page.getByLabel('Domain').fill('gmail.com')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('Anybody can have an address in this domain.').waitFor()
  await page.getByLabel('Domain').fill(domain)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText(`_reeve-challenge.${domain}`).first().waitFor()
  await page.getByRole('button', { name: `Copy: Content of the record of ${domain}` }).click()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^reeve-domain=[0-9a-f]{32}$/)
  await page.getByRole('button', { name: `Check ${domain}` }).click()
  await page.getByText(`_reeve-challenge.${domain} has no TXT record yet.`).waitFor()
  assert.equal(await page.getByRole('button', { name: `Vouch for ${domain}` }).count(), 0, 'not for the account itself')

  const staff = await openConsole(t, { address, as: 'reseller', path: `/clients/${administrator.clientId}?tab=single-sign-on` })
  await staff.getByText('Not proven').waitFor()
  await staff.goto(`${path}?step=domains`)
  await staff.getByRole('button', { name: `Vouch for ${domain}` }).click()
  await staff.getByRole('dialog').getByRole('button', { name: 'Vouch' }).click()
  await staff.getByText('Vouched for').waitFor()
})

test('groups give roles in the order that is set, and a test says who would be made with which', async (t) => {
  const administrator = await newAdministrator()
  const { id, path } = await made(administrator, {
    oauth: { issuer: op.issuer, client_id: 'reeve', client_secret: 'a secret of the test', scopes: ['groups'] },
  })
  const { body: domain } = await ask('reseller', 'POST', `/reeve/identity_providers/${id}/domains`, { domain: 'aurora-arrivals.example' })
  await ask('reseller', 'POST', `/reeve/identity_providers/${id}/domains/${domain.id}/vouch`)
  t.after(() => ask('reseller', 'DELETE', `/reeve/identity_providers/${id}`))
  const page = await openConsole(t, { address, as: administrator, path: `${path}?step=people` })
  await page.getByRole('switch', { name: 'Create users on arrival' }).click()
  await page.getByLabel('Claim with the groups').fill('groups')
  for (const [index, [group, role]] of [
    ['staff', '2'],
    ['admins', '1'],
  ].entries()) {
    await page.getByRole('button', { name: 'Add a group' }).click()
    await page.getByLabel(`Group ${index + 1}`, { exact: true }).fill(group as string)
    await page.getByLabel(`Role of group ${index + 1}`).selectOption(role as string)
  }
  await page.getByRole('button', { name: 'Try group 2 earlier' }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved').waitFor()
  const { body } = await ask('reseller', 'GET', `/reeve/identity_providers/${id}`)
  assert.deepEqual(body.roles, [
    { group: 'admins', role: 1 },
    { group: 'staff', role: 2 },
  ])
  await step(page, 'Test sign-in')
  const tab = await testSignIn(page)
  await page.getByText('anna@aurora-arrivals.example would become a user with the role Administrator, and be signed in.').waitFor()
  await tab.close()
})

test('enforcing shows whom it locks out, takes an exception and the name, and is taken back', async (t) => {
  const administrator = await newAdministrator()
  const member = await newMember(administrator, 'Users')
  const { id, path } = await made(administrator, { name: 'Aurora staff' })
  const page = await openConsole(t, { address, as: 'reseller', path: `${path}?step=test` })
  await (await testSignIn(page)).close()
  await page.getByText('The test succeeded').waitFor()
  await step(page, 'Switch on')
  await page.getByRole('button', { name: 'Switch on' }).click()
  const locked = page.getByRole('region', { name: 'People without an identity' })
  await locked.getByText(member.email).waitFor()
  await locked.getByText(administrator.email).waitFor()
  await page.getByText('Nobody who administers this could sign in.').waitFor()
  const enforce = page.getByRole('button', { name: 'Enforce…' })
  assert.equal(await enforce.isDisabled(), true)
  await page.getByRole('button', { name: `Make an exception of ${member.email}` }).click()
  await page.getByRole('region', { name: 'Exceptions' }).getByText(member.email).waitFor()
  await page.getByRole('button', { name: `Take back ${member.email}` }).click()
  await page.getByText('is no exception any more').waitFor()

  // The Administrator signs in by it for the first time, which the page of the profile and the sign-in page are for.
  await joinAs(t, administrator, id)
  await page.reload()
  await enforce.click()
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: 'Enforce', exact: true })
  assert.equal(await button.isDisabled(), true)
  await dialog.getByLabel('Type the name: Aurora staff').fill('Aurora staff')
  await button.click()
  await page.getByRole('button', { name: 'Stop enforcing' }).waitFor()
  assert.equal((await ask('reseller', 'GET', `/reeve/identity_providers/${id}`)).body.state, 'enforced')
  await page.getByRole('button', { name: 'Stop enforcing' }).click()
  await page.getByText('Aurora staff is no longer enforced.').waitFor()
})

/** Links the provider to somebody, in the browser that this takes. */
async function joinAs(t: TestContext, person: Made, providerId: number) {
  const page = await openConsole(t, { address, as: person, path: '/profile' })
  await page.locator('h1').waitFor()
  const url = await page.evaluate(async (provider_id) => {
    const refreshed = await fetch('/reeve/session/refresh', { method: 'POST' })
    const { access } = await refreshed.json()
    const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' }
    const started = await fetch('/reeve/identities', { method: 'POST', headers, body: JSON.stringify({ provider_id }) })
    return (await started.json()).url
  }, providerId)
  await page.goto(url)
  await page.waitForURL(/\/profile\?.*sso=linked/)
}

test('SAML: our values are there to copy, metadata is uploaded, and a certificate that ends soon is marked', async (t) => {
  const administrator = await newAdministrator()
  const page = await openConsole(t, { address, as: administrator, path: '/identity_providers', expects: /400/ })
  await add(page, 'SAML', 'Aurora SAML')
  await page.getByText(`${address}/iam/auth/saml2/acs`).waitFor()
  await step(page, 'Their values')
  const upload = (text: string) =>
    page.locator('input[type=file]').setInputFiles({ name: 'metadata.xml', mimeType: 'application/xml', buffer: Buffer.from(text) })
  await upload('<html></html>')
  await page
    .getByRole('alert')
    .getByText(/metadata/i)
    .waitFor()
  await upload(metadata(20))
  await page.getByText('https://idp.example/saml').waitFor()
  await page
    .getByRole('region', { name: 'Certificates' })
    .getByText(/Ends in (19|20) days/)
    .waitFor()
  await page.goto('/identity_providers')
  await page.getByText('Certificate ends').waitFor()
})

test('the steps are gone through with the keyboard alone', async (t) => {
  const administrator = await newAdministrator()
  const { path } = await made(administrator)
  const page = await openConsole(t, { address, as: administrator, path: `${path}?step=ours` })
  const next = page.getByRole('button', { name: 'Next: Their values' })
  await next.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Edit Their values' }).waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Edit Their values')
  await page.goBack()
  await next.waitFor()
})

test('users, sellers and others have no such pages', async (t) => {
  const { path } = await made(await newAdministrator())
  for (const as of ['user', 'seller', 'administrator'] as const) {
    const page = await openConsole(t, { address, as, path, expects: /404/ })
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  }
})

for (const theme of ['light', 'dark'] as const)
  test(`every step is accessible and fits a telephone, ${theme}`, { timeout: 240_000 }, async (t) => {
    const administrator = await newAdministrator()
    await newMember(administrator, 'Users')
    const oidc = await made(administrator)
    const saml = await made(administrator, {
      kind: 'saml',
      name: 'SAML',
      oauth: undefined,
      saml: { metadata: metadata(400), metadata_url: null },
    })
    await ask('reseller', 'POST', `/reeve/identity_providers/${oidc.id}/domains`, {
      domain: 'very-long-name-of-a-domain.aurora-media.example',
    })
    const page = await openConsole(t, {
      address,
      as: administrator,
      theme,
      language: theme === 'dark' ? 'de' : 'en',
      path: `${oidc.path}?step=test`,
    })
    const opened = page.context().waitForEvent('page')
    await page.getByRole('main').getByRole('button', { name: /test/i }).click()
    const tab = await opened
    await tab.waitForURL(/\?test=/)
    const { search } = new URL(tab.url())
    await tab.close()
    await ask('reseller', 'POST', `/reeve/identity_providers/${oidc.id}/state`, { state: 'on' })
    const steps = ['?step=ours', '?step=theirs', '?step=domains', '?step=people', search, '?step=on']
    for (const path of [
      '/identity_providers',
      ...steps.map((one) => oidc.path + one),
      `${saml.path}?step=ours`,
      `${saml.path}?step=theirs`,
    ]) {
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
