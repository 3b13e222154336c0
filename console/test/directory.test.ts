/** Directory sync, and the lockdown of a person. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { assertAccessible, base, openConsole } from './browser.ts'
import { newAdministrator } from './own-people.ts'

test('an Administrator creates a token, sees what the directory did with it, and deletes it', { timeout: 90_000 }, async (t) => {
  const page = await openConsole(t, { as: await newAdministrator(), path: '/directory' })
  await page.getByText('No tokens yet').waitFor()
  await page.getByText('Nothing yet').waitFor()
  await page.getByRole('button', { name: 'Create token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Entra')
  await dialog.getByRole('button', { name: 'Create token' }).click()
  await dialog.getByText('it is not shown again').waitFor()
  await assertAccessible(page)
  await dialog.getByRole('button', { name: /^Copy/ }).click()
  const token = await page.evaluate(() => navigator.clipboard.readText())
  await dialog.getByRole('button', { name: 'I have copied it' }).click()

  const create = () =>
    fetch(`${base}/scim/v2/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ userName: 'ada@not-proven.example' }),
    })
  assert.equal((await create()).status, 400)
  await page.getByText('The domain not-proven.example is not proven').waitFor({ timeout: 30_000 })
  await page.getByLabel('Only what failed').click()
  await page.getByText('The domain not-proven.example is not proven').waitFor()
  await page.getByRole('button', { name: 'Delete the token “Entra”' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No tokens yet').waitFor()
  assert.equal((await create()).status, 401)
})

test('a reseller locks a person down with a reason, and unblocks them', { timeout: 90_000 }, async (t) => {
  const { email } = await newAdministrator()
  const page = await openConsole(t, { as: 'reseller', path: `/users?q=${encodeURIComponent(email)}` })
  const row = page.getByRole('row', { name: new RegExp(email) })
  const choose = async (name: string) => {
    await row.getByRole('button', { name: `Actions for ${email}` }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await choose('Lock down')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('The laptop was stolen')
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Lock down' }).click()
  await row.getByText('Blocked').waitFor()
  await choose('Unblock')
  await row.getByText('Blocked').waitFor({ state: 'detached' })
})
