/** The dashboard: its numbers are those of the lists they lead to, and each chart is a table too. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, openConsole, people } from './browser.ts'

test('each number of accounts leads to the list of as many', async (t) => {
  const page = await openConsole(t, { as: 'reseller' })
  const tile = page.getByRole('list', { name: 'Accounts by status' }).getByRole('link', { name: /Trial ended/ })
  const shown = Number((await tile.innerText()).replace(/\D/g, ''))
  assert.ok(shown > 0, 'the demo world has accounts whose trial ended')
  const { body } = await ask('reseller', 'GET', '/iam/clients?status=trialend&deleted=false&limit=1')
  assert.equal(shown, body.count)
  await tile.click()
  await page.waitForURL(/\/clients\?.*status=trialend/)
})

test('a chart is also a table, with a row for each day', async (t) => {
  const page = await openConsole(t, { as: 'reseller' })
  await page
    .getByRole('figure', { name: /^Sign-ins/ })
    .locator('canvas')
    .waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Show as table' }).last().click()
  const table = page.getByRole('region', { name: 'Sign-ins' }).getByRole('table')
  assert.equal(await table.getByRole('row').count(), 31, 'thirty days and the heading')
  assert.deepEqual(await table.getByRole('columnheader').allInnerTexts(), ['Day', 'Signed in', 'Failed'])
})

test('a seller sees the numbers of the own accounts, and nothing of the mails', async (t) => {
  const page = await openConsole(t, { as: 'seller' })
  await page.getByText('Your accounts that are not deleted').waitFor()
  const { body } = await ask('seller', 'GET', `/iam/clients?seller_id=${people.seller.id}&deleted=false&limit=1`)
  const all = page.getByRole('list', { name: 'Accounts by status' }).getByRole('link', { name: /Accounts/ })
  assert.equal(Number((await all.innerText()).replace(/\D/g, '')), body.count)
  assert.equal(await page.getByText('Emails that wait to be sent').count(), 0)
})

test('a reseller without accounts is told what to do first', async (t) => {
  const page = await openConsole(t, { as: 'platform', path: '/resellers' })
  const email = `first-${Date.now()}@new.example`
  const created = await ask('platform', 'POST', '/reeve/resellers', { name: `New ${Date.now()}`, email })
  assert.equal(created.status, 201)
  // What its staff would see: the figures of a reseller with its own account alone.
  const { body } = await ask('platform', 'GET', `/reeve/statistics?reseller_id=${created.body.id}`)
  await page.route('**/reeve/statistics', (route) => route.fulfill({ json: body }))
  await page.getByRole('link', { name: 'Dashboard' }).click()
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  for (const [name, path] of [
    ['Create account', '/clients/new'],
    ['Sellers', '/sellers'],
    ['Branding', '/branding'],
  ] as const)
    assert.equal(await page.getByRole('main').getByRole('link', { name, exact: true }).getAttribute('href'), path)
})
