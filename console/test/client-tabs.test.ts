/** The smaller parts of one account: features, tokens, hostnames, and an account that its Administrator has closed to staff. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, assertAccessible, base, openConsole } from './browser.ts'
import { type Made, newAdministrator } from './own-people.ts'

/** An API token that somebody makes for the own account. */
async function newToken({ email, password, clientId }: Made, name: string): Promise<string> {
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
    return (await fetch(base + path, init)).json()
  }
  const { access } = await post('/iam/auth/jwt/login', { username: email, password })
  const wanted = { name, exp_date: null, client_user: { role: { id: 1, name: 'Administrators' } } }
  const made = await post(`/iam/clients/${clientId}/tokens`, wanted, { authorization: `Bearer ${access}` })
  return made.token ?? assert.fail(JSON.stringify(made))
}

test('a feature is enabled from the catalogue and disabled again', { timeout: 60_000 }, async (t) => {
  const { clientId } = await newAdministrator()
  const [feature] = (await ask('reseller', 'GET', '/iam/admin/feature')).body.filter((one: { is_free: boolean }) => !one.is_free)
  const paid = async () => {
    const all = Object.values((await ask('reseller', 'GET', `/iam/clients/${clientId}`)).body.paidFeatures).flat()
    return (all as { feature_id: number }[]).map(({ feature_id }) => feature_id)
  }
  const page = await openConsole(t, { as: 'seller', path: `/clients/${clientId}?tab=features` })
  const choice = page.getByLabel('Feature to enable')
  await choice.locator(`option[value="${feature.id}"]`).waitFor({ state: 'attached' })
  await choice.selectOption(String(feature.id))
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByText(`${feature.name} is enabled.`).waitFor()
  await page
    .getByRole('row', { name: new RegExp(feature.name) })
    .getByText('Paid')
    .waitFor()
  assert.deepEqual(await paid(), [feature.id])
  assert.equal(await choice.locator(`option[value="${feature.id}"]`).count(), 0, 'what the account has is not offered again')
  await assertAccessible(page)
  await page.getByRole('button', { name: `Disable ${feature.name}` }).click()
  await page.getByText(`${feature.name} is disabled.`).waitFor()
  await choice.locator(`option[value="${feature.id}"]`).waitFor({ state: 'attached' })
  assert.deepEqual(await paid(), [])
})

test('staff delete a token of the account: it stops at once, and stays in the list of those deleted', { timeout: 60_000 }, async (t) => {
  const person = await newAdministrator()
  const token = await newToken(person, 'Deployment')
  const asked = async () => (await ask({ ...person, token }, 'GET', '/iam/clients/me')).status
  assert.equal(await asked(), 200)
  const page = await openConsole(t, { as: 'reseller', path: `/clients/${person.clientId}?tab=tokens` })
  const row = page.getByRole('row', { name: /Deployment/ })
  await row.getByText('Active').waitFor()
  await row.getByText(person.email).waitFor()
  await page.getByRole('button', { name: 'Delete Deployment' }).click()
  const question = page.getByRole('dialog')
  await question.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await asked(), 200, 'nothing is deleted without a yes')
  await page.getByRole('button', { name: 'Delete Deployment' }).click()
  await question.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No active API tokens').waitFor()
  assert.equal(await asked(), 401)
  await page.getByLabel('Show deleted and expired').check()
  await row.getByText('Deleted').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Delete Deployment' }).count(), 0)
  await assertAccessible(page)
})

test('hostnames are edited, what is none is refused, and the list finds the account by a part of one', { timeout: 60_000 }, async (t) => {
  const { clientId, company } = await newAdministrator()
  const host = `static${clientId}.media-hosts.example`
  const page = await openConsole(t, { as: 'seller', path: `/clients/${clientId}?tab=hostnames`, expects: /status of 400/ })
  await page.getByText('No hostnames').waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  const text = page.getByRole('textbox', { name: 'Hostnames' })
  await text.fill(`${host}\nno_host!`)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('main').getByRole('alert').waitFor()
  assert.equal(await text.inputValue(), `${host}\nno_host!`, 'what was typed is kept')
  await text.fill(`${host}, cdn${clientId}.media-hosts.example`)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('listitem').filter({ hasText: host }).waitFor()
  assert.equal((await ask('reseller', 'GET', `/reeve/clients/${clientId}`)).body.secondary_hostnames.length, 2)
  await page.goto(`/clients?secondaryhostnames=static${clientId}.media`)
  await page.locator('[data-index="0"]').getByText(company).waitFor()
  assert.equal(await page.locator('[data-index]').count(), 1)
})

test('an account that its Administrator has closed cannot be entered, and can again once it is open', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const own = await openConsole(t, { as: person, path: '/account?tab=staff-access' })
  await own.getByRole('button', { name: 'Close to staff' }).click()
  await own.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
  await own.getByText('Nobody of your provider can log in').waitFor()

  const page = await openConsole(t, { as: 'seller', path: `/clients/${person.clientId}` })
  await page.getByRole('button', { name: 'Log in as' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('The account is closed to staff.').waitFor()
  await assertAccessible(page)
  await dialog.getByLabel('Reason').fill('Ticket 4712')
  assert.equal(await dialog.getByRole('button', { name: 'Log in', exact: true }).isDisabled(), true)

  await own.getByRole('button', { name: 'Open for 24 hours' }).click()
  await own.getByText('It closes by itself').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Log in as' }).click()
  await dialog.getByText('The account is open to staff until').waitFor()
  await dialog.getByLabel('Reason').fill('Ticket 4712')
  await dialog.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByText('nothing can be changed').waitFor()
  await page.getByRole('region', { name: person.email }).waitFor()
})
