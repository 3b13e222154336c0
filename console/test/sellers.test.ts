/** Sellers and users: invited, found, blocked and deleted, by those who may. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, openConsole, people } from './browser.ts'

const address = (name: string) => `${name}.${process.pid}@sellers-test.example`

test('a seller is invited, found, blocked and deleted, and its accounts are named before', async (t) => {
  const email = address('new')
  const page = await openConsole(t, { as: 'reseller', path: '/sellers' })
  await page.getByRole('button', { name: 'Invite a seller' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(`Sam Seller ${process.pid}`)
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByRole('button', { name: 'Invite' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('searchbox').fill(email)
  await page.waitForURL(/q=/)
  const row = page.getByRole('row').filter({ hasText: email })
  await row.getByText(/^.?Invited$/).waitFor()

  const { body } = await ask('reseller', 'GET', `/iam/admin/sellers?email=${encodeURIComponent(email)}`)
  const [{ id }] = body
  const client = people.administrator.id
  const { body: before } = await ask('reseller', 'GET', `/iam/clients/${client}`)
  assert.equal((await ask('reseller', 'PATCH', `/iam/clients/${client}`, { seller: id })).status, 200)
  t.after(() => ask('reseller', 'PATCH', `/iam/clients/${client}`, { seller: before.seller }))

  const choose = async (name: string) => {
    await row.getByRole('button', { name: `Actions for ${email}` }).click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await choose('Block')
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click()
  await row.getByText('Blocked').waitFor()
  await choose('Unblock')
  await row.getByText(/^.?Invited$/).waitFor()
  await choose('Delete')
  await page.getByRole('dialog').getByText('Accounts that are theirs: 1.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the seller' }).click()
  await page.getByText('Nobody matches').waitFor()
  assert.equal((await ask('reseller', 'GET', `/iam/clients/${client}`)).body.seller, null)
})

test('users: the exact count, a search, and the sessions of one', async (t) => {
  const { body } = await ask('reseller', 'GET', '/iam/users?limit=0')
  const page = await openConsole(t, { as: 'reseller', path: '/users' })
  await page
    .getByRole('status')
    .filter({ hasText: `of ${new Intl.NumberFormat('en').format(body.count)}` })
    .waitFor()
  const { email } = people.administrator
  await page.getByRole('searchbox').fill(email)
  await page.getByText('The best matches: 1.').waitFor()
  const row = page.getByRole('row').filter({ hasText: email })
  await row.getByRole('button', { name: `Actions for ${email}` }).click()
  await page.getByRole('menuitem', { name: 'Sessions' }).click()
  await page.getByRole('dialog', { name: `Sessions of ${email}` }).waitFor()
})

test('a seller does not get what is not a seller’s to do', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/sellers' })
  await page.getByRole('table').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Invite a seller' }).count(), 0)
  assert.equal(await page.getByRole('button', { name: /Actions for/ }).count(), 0)
})
