/** Bulk changes: from the selection in the list to the result of each account. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { ask, assertAccessible, openConsole, world } from './browser.ts'
import { holdAccount } from './database.ts'

const dialog = (page: Page) => page.getByRole('dialog')
const figure = (page: Page, label: string) =>
  page.locator('dl > div', { has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) }).locator('dd')
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
/** The state of a set, below its heading; a mark stands before the word. */
const status = (page: Page, name: string) => page.locator('main header').getByText(new RegExp(`${name}$`))

/** Accounts of their own for each test, told apart by a company name that begins with `name`. */
async function makeAccounts(name: string, count: number): Promise<number[]> {
  const ids: number[] = []
  for (let index = 0; index < count; index++) {
    const company = `${name} ${index}`
    const email = `${company.replaceAll(/\W/g, '')}@bulk.example`.toLowerCase()
    const made = await ask('reseller', 'POST', '/iam/users', { email, company, password: 'a long one for Bulk 1' })
    assert.ok(made.status < 300, JSON.stringify(made))
  }
  const { body } = await ask('reseller', 'GET', `/iam/clients?limit=100&ordering=id&companyName=${encodeURIComponent(name)}`)
  for (const { id } of body.results) ids.push(id)
  assert.equal(ids.length, count)
  return ids
}

/** Selects all accounts that match, and opens the dialog. */
async function selectAll(page: Page, count: number) {
  await page.locator('[data-index="0"]').getByRole('link').first().waitFor()
  await page.getByRole('grid').focus()
  // Once for the rows in view, twice for all that match.
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+a')
  await page.getByText(`${count} selected`, { exact: true }).waitFor()
  await button(page, 'Change…').click()
  await dialog(page).waitFor()
}

test('all that match are selected, previewed, changed, and each has its result', async (t) => {
  const ids = await makeAccounts('Bulk whole', 3)
  await ask('reseller', 'PATCH', `/iam/clients/${ids[0]}`, { is_test: true })
  const page = await openConsole(t, { as: 'seller', path: '/clients?companyName=Bulk+whole' })
  await selectAll(page, 3)
  const kind = page.getByLabel('What to change')
  const offered = await kind.locator('option').allTextContents()
  assert.ok(offered.includes('Assign a seller'))
  assert.equal(
    offered.some((one) => /Delete|Restore/.test(one)),
    false,
    'a seller neither deletes nor restores',
  )
  await kind.selectOption('Mark as test accounts or not')
  await button(page, 'Preview').click()
  await dialog(page).getByRole('heading', { name: 'Mark as test accounts' }).waitFor()
  assert.equal(await figure(page, 'Selected').textContent(), '3')
  assert.equal(await figure(page, 'Will change').textContent(), '2')
  assert.equal(await figure(page, 'Are so already').textContent(), '1')
  await assertAccessible(page)
  await button(page, 'Change 2 accounts').click()
  await page.waitForURL(/\/change_sets\/\d+$/)
  await page.getByRole('heading', { level: 1, name: 'Mark as test accounts' }).waitFor()
  await status(page, 'Done').waitFor()
  await page.getByRole('link', { name: 'Changed 2' }).click()
  await page.waitForURL(/tab=changed/)
  const rows = page.getByRole('region', { name: 'Results' }).locator('tbody tr')
  await rows.getByText('Bulk whole 1').waitFor()
  assert.equal(await rows.count(), 2)
  await page.getByText('Company contains “Bulk whole”').waitFor()
  await assertAccessible(page)
  for (const id of ids) assert.equal((await ask('reseller', 'GET', `/iam/clients/${id}`)).body.is_test, true)
  await page.goto('/change_sets')
  await page.getByRole('link', { name: 'Mark as test accounts' }).first().waitFor()
  await assertAccessible(page)
})

test('a refusal is said beforehand with its reason, and can be saved as a file', async (t) => {
  const ids = await makeAccounts('Bulk =refused', 2)
  const used = await ask('reseller', 'POST', '/reeve/change_sets', {
    change: { type: 'set_service_status', product: 'CDN', status: 'active' },
    select: { ids: [ids[0]] },
  })
  assert.equal(used.body.preview.will_change, 1, JSON.stringify(used.body))
  await ask('reseller', 'POST', `/reeve/change_sets/${used.body.id}/apply`)
  const page = await openConsole(t, { as: 'reseller', path: `/change_sets/${used.body.id}` })
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
  await status(page, 'Done').waitFor()
  await page.goto('/clients?companyName=Bulk+%3Drefused')
  await selectAll(page, 2)
  await page.getByLabel('What to change').selectOption('Change the availability of a product')
  await page.getByLabel('Product').selectOption('CDN')
  await page.getByLabel('Availability').selectOption('Not available')
  await button(page, 'Preview').click()
  const reasons = dialog(page).getByRole('list', { name: 'Why accounts are refused' })
  await reasons.getByText('The product is in use and must stay available.').waitFor()
  await reasons.getByRole('link', { name: 'Bulk =refused 0' }).waitFor()
  await button(page, 'Change 1 account').click()
  await status(page, 'Done').waitFor()
  await page.getByRole('link', { name: 'Refused 1', exact: true }).click()
  await page
    .getByRole('region', { name: 'Results' })
    .getByRole('cell', { name: 'The product is in use and must stay available.' })
    .waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download those refused').click()])
  const lines = (await readFile(await download.path(), 'utf8')).split('\r\n')
  assert.equal(lines[0], '\uFEFFclient_id,company,outcome,code,message')
  assert.match(lines[1] ?? '', new RegExp(`^${ids[0]},Bulk =refused 0,refused,product_in_use,`))
  assert.equal(lines.length, 3)
})

test('who deletes types the number of accounts', async (t) => {
  await makeAccounts('Bulk gone', 2)
  const page = await openConsole(t, { as: 'reseller', path: '/clients?companyName=Bulk+gone' })
  await selectAll(page, 2)
  await page.getByLabel('What to change').selectOption('Delete accounts')
  await button(page, 'Preview').click()
  const remove = button(page, 'Delete 2 accounts')
  await remove.waitFor()
  assert.equal(await remove.isDisabled(), true)
  await page.getByLabel('Type 2 to confirm').fill('3')
  assert.equal(await remove.isDisabled(), true)
  await page.getByLabel('Type 2 to confirm').fill('2')
  await page.keyboard.press('Enter')
  await status(page, 'Done').waitFor()
  const { body } = await ask('reseller', 'GET', '/iam/clients?limit=0&deleted=true&companyName=Bulk%20gone')
  assert.equal(body.count, 2)
})

test('a seller sees what the reseller is deleting and cannot apply it, and another reseller sees nothing', async (t) => {
  const [id] = await makeAccounts('Bulk kept', 1)
  const draft = await ask('reseller', 'POST', '/reeve/change_sets', { change: { type: 'delete' }, select: { ids: [id] } })
  const page = await openConsole(t, { as: 'seller', path: `/change_sets/${draft.body.id}` })
  await page.getByText('Accounts are deleted and restored by the reseller’s staff, not by sellers.').waitFor()
  assert.equal(await button(page, /^Delete/).count(), 0)
  const other = await openConsole(t, { as: world.resellers[1] ?? assert.fail(), path: `/change_sets/${draft.body.id}`, expects: /404/ })
  await other.getByRole('heading', { name: 'There is no such page' }).waitFor()
})

test('an operator names a reseller first: a bulk change stays within one', { timeout: 60_000 }, async (t) => {
  const [id] = await makeAccounts('Bulk operated', 1)
  const { body } = await ask('platform', 'GET', `/reeve/resellers`)
  const { id: resellerId, name } = body.results.find((one: { id: number }) => one.id === world.resellers[0]?.id)
  const page = await openConsole(t, { as: 'platform', path: '/clients?companyName=Bulk+operated' })
  await selectAll(page, 1)
  const isTest = () => page.getByLabel('What to change').selectOption('Mark as test accounts or not')
  await isTest()
  await dialog(page).getByText('Filter the list by a reseller first').waitFor()
  assert.equal(await button(page, 'Preview').isDisabled(), true)
  await assertAccessible(page)
  await button(page, 'Cancel').click()

  await page.goto(`/clients?companyName=Bulk+operated&reseller_id=${resellerId}`)
  await selectAll(page, 1)
  await page.getByLabel('Seller', { exact: true }).locator('option', { hasText: name }).first().waitFor({ state: 'attached' })
  await isTest()
  await button(page, 'Preview').click()
  await button(page, 'Change 1 account').click()
  await status(page, 'Done').waitFor()
  assert.equal((await ask('reseller', 'GET', `/iam/clients/${id}`)).body.is_test, true)
})

test('what is stopped goes on: the batch in hand is finished, and the rest is done later', { timeout: 90_000 }, async (t) => {
  const features = (await ask('reseller', 'GET', '/iam/admin/feature')).body
  // The accounts of the demo world: more than are changed in one transaction.
  const listed = await ask('reseller', 'GET', '/iam/clients?limit=255&ordering=id&deleted=false&client_type=common')
  const ids = listed.body.results.map(({ id }: { id: number }) => id)
  assert.equal(ids.length, 255)
  const change = { type: 'enable_feature', feature_id: features.at(-1).id }
  const draft = await ask('reseller', 'POST', '/reeve/change_sets', { change, select: { ids } })
  const changes = draft.body.preview?.will_change
  assert.ok(changes > 200, JSON.stringify(draft.body))

  const page = await openConsole(t, { as: 'reseller', path: `/change_sets/${draft.body.id}` })
  const first = await holdAccount(ids[0])
  t.after(first.release)
  await button(page, `Change ${changes} accounts`).click()
  await page.getByText('0 of 255 accounts').waitFor()
  await page.getByRole('status').getByText('Being applied: 0%').waitFor({ state: 'attached' })
  await first.waitedFor(1)
  await button(page, 'Stop applying').click()
  await first.waitedFor(2)
  await first.release()
  await page.getByText('It is stopped. What is done stays done').waitFor()
  await page.getByText('250 of 255 accounts').waitFor()
  await assertAccessible(page)

  const last = await holdAccount(ids[254])
  t.after(last.release)
  await button(page, 'Go on').click()
  await button(page, 'Stop applying').waitFor()
  await page.getByRole('status').getByText('Being applied: 90%').waitFor({ state: 'attached' })
  await last.release()
  await status(page, 'Done').waitFor()
  await page.getByText('255 of 255 accounts').waitFor()
  assert.equal(await button(page, 'Stop applying').count(), 0)
  const { body } = await ask('reseller', 'GET', `/reeve/change_sets/${draft.body.id}`)
  assert.deepEqual([body.progress.changed, body.progress.done], [changes, 255], 'each account was changed once')
})
