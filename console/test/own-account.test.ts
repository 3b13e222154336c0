/** The account as its people see it: data, other accounts, staff access, deletion, and the start page. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, assertAccessible, openConsole } from './browser.ts'
import { newAdministrator, newMember } from './own-people.ts'

test('an Administrator creates another account and works in it', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/account' })
  await page.getByText(String(person.clientId)).first().waitFor()
  await page.getByRole('button', { name: 'Create another account' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Company').fill(`${person.company} Labs`)
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  const row = page.getByRole('row', { name: new RegExp(`${person.company} Labs`) })
  await row.getByRole('button', { name: 'Switch' }).click()
  await page.waitForURL((url) => url.pathname === '/')
  await page.locator('button[aria-haspopup=menu]').getByText(`${person.company} Labs`).waitFor()
})

test('staff access: closed, opened for an hour, and who came in is listed with the reason', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const logInAs = () => ask('seller', 'GET', `/iam/auth/jwt/clients/${person.clientId}/admin_token?reason=Ticket%204711&read_only=true`)
  const page = await openConsole(t, { as: person, path: '/account?tab=staff-access' })
  await page.getByText('Nobody so far').waitFor()
  await page.getByRole('button', { name: 'Close to staff' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
  await page.getByText('Nobody of your provider can log in').waitFor()
  assert.equal((await logInAs()).status, 403)
  await page.getByRole('button', { name: 'Open for 1 hour' }).click()
  await page.getByText('It closes by itself').waitFor()
  assert.equal((await logInAs()).status, 200)
  await page.reload()
  const row = page.getByRole('row', { name: /Ticket 4711/ })
  await row.getByText('Read only').waitFor()
  await assertAccessible(page)
  await row.getByRole('link', { name: 'What they did' }).click()
  await page.waitForURL(/\/activity\?.*actor_id=\d+/)
  await page.getByRole('heading', { level: 1 }).waitFor()
})

test('deletion is requested with the password, and withdrawn', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/account?tab=deletion', expects: /status of 400/ })
  await page.getByRole('button', { name: 'Request deletion' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password', { exact: true }).fill('not the password')
  await dialog.getByRole('button', { name: 'Request deletion' }).click()
  await dialog.locator('[aria-invalid=true]').waitFor()
  await dialog.getByLabel('Password', { exact: true }).fill(person.password)
  await dialog.getByRole('button', { name: 'Request deletion' }).click()
  await page.getByText(`${person.email} asked for it on`).waitFor()
  await assertAccessible(page)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('Deletion of this account is requested.').waitFor()
  await page.getByRole('link', { name: 'See the request' }).click()
  await page.getByRole('button', { name: 'Withdraw the request' }).click()
  await dialog.getByRole('button', { name: 'Withdraw' }).click()
  await page.getByRole('button', { name: 'Request deletion' }).waitFor()
})

test('a user sees the account and its services, and changes neither', { timeout: 60_000 }, async (t) => {
  const person = await newMember(await newAdministrator(), 'Users')
  const page = await openConsole(t, { as: person, path: '/account' })
  await page.getByRole('heading', { name: 'Account data' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Create another account' }).count(), 0)
  assert.equal(await page.getByRole('link', { name: 'Staff access' }).count(), 0)
  await page.getByRole('link', { name: 'Services' }).click()
  await page.getByRole('heading', { name: 'CDN' }).waitFor()
  await page.getByText('Available to you and not in use.').first().waitFor()
})

test('the start page says what is to be done, and no more once it is done', { timeout: 60_000 }, async (t) => {
  const page = await openConsole(t, { as: await newAdministrator() })
  await page.getByText('Two-step verification is off.').waitFor()
  await page.getByText('This is your first sign-in.').waitFor()
  await page.getByRole('link', { name: 'Set up' }).click()
  await page.waitForURL('**/profile?tab=two-step')
})
