/** One account: edited in place, its services and products changed and refused, its people, and addresses that are nobody's to see. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { ask, openConsole, people, type Who, world } from './browser.ts'

let made = 0
/** An account that only one test changes. */
async function newAccount(): Promise<{ id: number; company: string; email: string; userId: number }> {
  const company = `Console test ${process.pid} ${++made}`
  const email = `console.${process.pid}.${made}@client-test.example`
  const { status, body } = await ask('reseller', 'POST', '/iam/users', { company, email, password: 'quiet-harbour-lamp-1907' })
  assert.equal(status, 201)
  return { id: body.client, company, email, userId: body.id }
}
const open = (t: TestContext, as: Who, id: number, tab?: string, expects?: RegExp) =>
  openConsole(t, { as, path: `/clients/${id}${tab ? `?tab=${tab}` : ''}`, ...(expects && { expects }) })
const refusals = /status of (400|403|404)/

test('staff edit an account in place, and only what was changed is sent', async (t) => {
  const { id, company } = await newAccount()
  const page = await open(t, 'seller', id)
  await page.getByRole('heading', { name: company, level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Edit Identity' }).click()
  await page.getByLabel('Custom ID').fill('CRM-4711')
  await page.getByLabel('Test account').selectOption({ label: 'Yes' })
  const sent = page.waitForRequest((request) => request.method() === 'PATCH')
  await page.getByRole('button', { name: 'Save' }).click()
  assert.deepEqual((await sent).postDataJSON(), { custom_id: 'CRM-4711', is_test: true })
  await page.getByText('Saved').waitFor()
  await page.getByText('CRM-4711').waitFor()
  const { body } = await ask('reseller', 'GET', `/iam/clients/${id}`)
  assert.deepEqual([body.custom_id, body.is_test, body.companyName], ['CRM-4711', true, company])
})

test('what the server refuses is said at its field, and what was typed is kept', async (t) => {
  const [one, other] = [await newAccount(), await newAccount()]
  const page = await open(t, 'reseller', one.id, undefined, refusals)
  await page.getByRole('button', { name: 'Edit Identity' }).click()
  const company = page.getByLabel('Company')
  await company.fill(other.company)
  await page.getByLabel('Contact').fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('input[aria-invalid=true]').waitFor()
  assert.equal(await company.inputValue(), other.company)
  assert.equal(await company.getAttribute('aria-invalid'), 'true')
  assert.equal(await page.getByLabel('Contact').inputValue(), 'Ada Lovelace')
  await page.getByRole('button', { name: 'Cancel' }).click()
  assert.equal((await ask('reseller', 'GET', `/iam/clients/${one.id}`)).body.companyName, one.company)
})

test('a service starts its trial with the days that were set, and what that does is said before', async (t) => {
  const { id } = await newAccount()
  await ask('reseller', 'PATCH', `/iam/products/availability/clients/${id}`, { product_name: 'DNS', available: true })
  const page = await open(t, 'seller', id, 'services')
  await page.getByRole('button', { name: 'Change DNS' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio').first().waitFor()
  const offered = await dialog.getByRole('radio').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))
  assert.deepEqual(
    offered,
    ['new', 'trial', 'activating', 'active', 'paused'],
    'the present status and those that docs/domain.md lets follow',
  )
  await dialog.getByRole('radio', { name: 'Trial', exact: true }).check()
  await dialog.getByLabel('Length of the trial in days').fill('21')
  await dialog.getByText('ends after 21 days').waitFor()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page
    .getByRole('row', { name: /DNS/ })
    .getByText(/^.?Trial$/)
    .waitFor()
  const { body } = await ask('reseller', 'GET', `/iam/clients/${id}/services`)
  const dns = body.find(({ name }: { name: string }) => name === 'DNS')
  const [days] = dns.status_transition_options.map(({ value }: { value: string }) => value)
  assert.deepEqual([dns.status, days], ['trial', '21'])
})

test('a service that another person has changed meanwhile: the refusal is shown in the dialog', async (t) => {
  const { id } = await newAccount()
  await ask('reseller', 'PATCH', `/iam/products/availability/clients/${id}`, { product_name: 'CDN', available: true })
  const page = await open(t, 'reseller', id, 'services', refusals)
  await page.getByRole('button', { name: 'Change CDN' }).click()
  const services = (await ask('reseller', 'GET', `/iam/clients/${id}/services`)).body
  const cdn = services.find(({ name }: { name: string }) => name === 'CDN').id
  for (const status of ['active', 'paused', 'deleted'])
    assert.equal((await ask('reseller', 'PUT', `/iam/clients/${id}/services/${cdn}`, { status })).status, 200)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Active', exact: true }).check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('A service that is deleted can become new, but not active.').waitFor()
})

test('a product says whether it is personal, cannot be taken away while it is used, and follows the default again', async (t) => {
  const { id } = await newAccount()
  const page = await open(t, 'reseller', id, 'products')
  const row = page.getByRole('listitem').filter({ hasText: 'Storage' })
  await row.getByText('Follows the default of the reseller').waitFor()
  const before = (await ask('reseller', 'GET', `/iam/clients/${id}`)).body.capabilities.includes('STORAGE')
  await row.getByRole('button', { name: before ? 'Take away Storage' : 'Make Storage available' }).click()
  await row.getByText(/Set for this account/).waitFor()
  const now = (await ask('reseller', 'GET', `/iam/clients/${id}`)).body.capabilities.includes('STORAGE')
  assert.equal(now, !before)
  await row.getByRole('button', { name: 'Follow the default: Storage' }).click()
  await row.getByText('Follows the default of the reseller').waitFor()
  assert.deepEqual((await ask('reseller', 'GET', `/reeve/clients/${id}`)).body.personal_availability, [])
})

test('the last Administrator keeps the role: the refusal is said', async (t) => {
  const { id, email } = await newAccount()
  const page = await open(t, 'seller', id, 'people', refusals)
  const role = page.getByLabel(`Role of ${email}`)
  await role.selectOption({ label: 'Engineer' })
  await page.getByText(/last Administrator/i).waitFor()
  assert.equal(await role.inputValue(), '1')
})

test('the timeline has what was just done, by whom and with what was sent', async (t) => {
  const { id } = await newAccount()
  await ask('seller', 'PATCH', `/iam/clients/${id}`, { custom_id: 'seen in the timeline' })
  const page = await open(t, 'reseller', id, 'timeline')
  const entry = page.locator('details').filter({ hasText: people.seller.email }).first()
  await entry.locator('summary').click()
  await entry.getByText('seen in the timeline').waitFor()
  await page.getByLabel('Requests').uncheck()
  assert.equal(await page.locator('details').count(), 0)
  await page.reload()
  assert.equal(await page.getByLabel('Requests').isChecked(), false, 'the filter is in the address')
})

test('an account is deleted after a question, and restored; a seller may not', async (t) => {
  const { id } = await newAccount()
  const page = await open(t, 'reseller', id, 'deletion')
  await page.getByRole('button', { name: 'Delete the account' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the account' }).click()
  await page.getByRole('button', { name: 'Restore the account' }).click()
  await page.getByText('Nobody has requested its deletion').waitFor()
  assert.equal((await ask('reseller', 'GET', `/iam/clients/${id}`)).body.deleted, false)
  const asSeller = await open(t, 'seller', id, 'deletion')
  assert.ok(await asSeller.getByRole('button', { name: 'Delete the account' }).isDisabled())
})

test('another reseller’s account, one that never was and no number are shown alike', async (t) => {
  const foreign = world.clients.find(({ reseller }) => reseller !== world.resellers[0]?.id)
  assert.ok(foreign)
  for (const id of [foreign.id, 987_654_321]) {
    const page = await open(t, 'reseller', id, undefined, refusals)
    await page.getByRole('heading', { name: 'There is no such account' }).waitFor()
  }
  const page = await openConsole(t, { as: 'reseller', path: '/clients/7x' })
  await page.getByRole('heading', { name: 'There is no such account' }).waitFor()
})

test('logging in as somebody asks for a reason, and the log keeps it', async (t) => {
  const { id, email } = await newAccount()
  const page = await open(t, 'reseller', id)
  await page.getByRole('button', { name: 'Log in as' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('Ticket 4711')
  await dialog.getByLabel('Duration').selectOption('15')
  await dialog.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByText('nothing can be changed').waitFor()
  await page.waitForLoadState('networkidle') // what is asked for now would be refused once the acting session ended
  await page.getByRole('region', { name: email }).getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Accounts' }).waitFor()
  const { body } = await ask('reseller', 'GET', `/reeve/activity?affected_client_id=${id}`)
  assert.ok(JSON.stringify(body).includes('Ticket 4711'))
})
