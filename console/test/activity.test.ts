/** The logs: filters live in the address, an entry opens, and everybody sees what is theirs. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, openConsole, people } from './browser.ts'

test('a filter is a chip and a part of the address, and survives a reload', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/activity' })
  const account = people.administrator.id
  await page.getByRole('button', { name: 'Add filter' }).click()
  await page.getByLabel('Value').fill(String(people.administrator.id))
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(`**/activity?affected_client_id=${account}`)
  const chip = page.getByRole('list', { name: 'Filters' }).getByRole('listitem')
  assert.match(await chip.innerText(), new RegExp(`Account: ${account}`))
  await page.reload()
  await chip.waitFor()
  await page.getByRole('button', { name: 'Remove the filter Account' }).click()
  await page.waitForURL('**/activity')
})

test('an entry says in words what was done, and opens to what was sent', async (t) => {
  const { status } = await ask('reseller', 'PATCH', `/iam/clients/${people.administrator.id}`, { custom_id: 'from-the-test' })
  assert.equal(status, 200)
  const page = await openConsole(t, { as: 'reseller', path: `/activity?affected_client_id=${people.administrator.id}` })
  const row = page.getByRole('row').filter({ hasText: 'Change an account' }).first()
  await row.waitFor()
  assert.match(await row.innerText(), /reseller@[\s\S]*Done/)
  await row.getByRole('button', { name: 'Details' }).press('Enter')
  await page.getByText('"custom_id": "from-the-test"').waitFor()
})

test('a filter that nothing matches says how to see more', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/activity?path=%2Fno%2Fsuch%2Fpath' })
  await page.getByText('Nothing matches these filters').waitFor()
})

test('sign-ins are filtered by their outcome', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/logins' })
  await page.getByRole('table').waitFor()
  await page.getByRole('button', { name: 'Add filter' }).click()
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL('**/logins?is_successful=false')
  await page.getByRole('cell', { name: 'Failed' }).first().waitFor()
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'))
  assert.equal(await page.getByRole('cell', { name: 'Signed in' }).count(), 0)
})

test('a user sees the own entries alone, and no filter by account', async (t) => {
  const page = await openConsole(t, { as: 'user', path: '/logins' })
  await page.getByText('When you signed in').waitFor()
  await page.getByRole('table').waitFor()
  assert.deepEqual(await page.getByRole('columnheader', { name: 'User', exact: true }).count(), 0)
  await page.goto('/activity')
  await page.getByText('What you changed').waitFor()
  await page.getByRole('button', { name: 'Add filter' }).click()
  assert.equal(await page.getByLabel('Filter', { exact: true }).locator('option', { hasText: 'Account' }).count(), 0)
})
