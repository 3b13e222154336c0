/** Creating an account: in few clicks, by the keyboard alone, and with what was typed kept when the server refuses. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, openConsole, people } from './browser.ts'

const unique = (name: string) => `${name} ${process.pid}`
const address = (name: string) => `${name}.${process.pid}@create-test.example`

test('an account with a seller and a product in at most 12 clicks', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients/new' })
  let clicks = 0
  await page.exposeFunction('clicked', () => {
    clicks++
  })
  await page.evaluate(() => document.addEventListener('pointerdown', () => (window as unknown as { clicked(): void }).clicked(), true))
  const email = address('clicks')
  const fill = async (label: string, value: string) => {
    const field = page.getByRole('textbox', { name: label, exact: true })
    await field.click()
    await field.fill(value)
  }
  await fill('Company', unique('Clicks'))
  const seller = page.getByLabel('Seller')
  await seller.click()
  await seller.selectOption(String(people.seller.id))
  await fill('Email', email)
  await fill('First name', 'Ada')
  await fill('Last name', 'Lovelace')
  const cdn = page.getByRole('checkbox', { name: 'CDN' })
  const wanted = !(await cdn.isChecked())
  await cdn.click()
  await page.getByRole('button', { name: 'Create the account' }).click()
  await page.getByText('got a mail with a link').waitFor()
  assert.ok(clicks > 5 && clicks <= 12, `${clicks} clicks`)

  await page.getByRole('link', { name: 'Open the account' }).click()
  await page.getByRole('heading', { name: unique('Clicks'), level: 1 }).waitFor()
  const { body } = await ask('reseller', 'GET', `/iam/clients/${Number(new URL(page.url()).pathname.split('/').at(-1))}`)
  assert.deepEqual([body.email, body.name, body.seller, body.has_active_admin], [email, 'Ada Lovelace', people.seller.id, true])
  assert.equal(body.capabilities.includes('CDN'), wanted)
  const { body: details } = await ask('reseller', 'GET', `/reeve/clients/${body.id}`)
  assert.deepEqual(details.personal_availability, [{ product_name: 'CDN', available: wanted }], 'all others follow the defaults')
  const { body: mails } = await ask('platform', 'GET', `/reeve/outbox?recipient=${encodeURIComponent(email)}`)
  assert.equal(mails.results.length, 1)
})

test('by the keyboard alone, with a password of one’s own', async (t) => {
  const page = await openConsole(t, { as: 'seller', path: '/clients/new' })
  await page.getByRole('textbox', { name: 'Company', exact: true }).waitFor()
  const { keyboard } = page
  const focusedLabel = () =>
    page.evaluate(() => {
      const one = document.activeElement as HTMLInputElement
      return one.labels?.[0]?.textContent?.replace(/\s*\*$/, '') ?? one.textContent ?? ''
    })
  const tabTo = async (label: string) => {
    for (let n = 0; n < 40; n++) {
      if ((await focusedLabel()).trim() === label) return
      await keyboard.press('Tab')
    }
    assert.fail(`the keyboard does not reach ${label}`)
  }
  assert.equal(await focusedLabel(), 'Company', 'one can begin to type at once')
  await keyboard.type(unique('Keys'))
  await tabTo('Email')
  await keyboard.type(address('keys'))
  await tabTo('Mail a link to set one')
  await keyboard.press('ArrowRight')
  await tabTo('Password of the user')
  await keyboard.type('quiet-harbour-lamp-1907')
  await keyboard.press('Enter')
  await page.getByText('can sign in with the password you set').waitFor()
  assert.equal(await focusedLabel(), 'Open the account')
  const login = { username: address('keys'), password: 'quiet-harbour-lamp-1907' }
  assert.equal((await ask('seller', 'POST', '/iam/auth/jwt/login', login)).status, 200)
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: unique('Keys'), level: 1 }).waitFor()
})

test('a refusal stands at its field and keeps everything that was typed', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/clients/new', expects: /status of 400/ })
  await page.getByRole('textbox', { name: 'Company', exact: true }).fill(unique('Refused'))
  await page.getByRole('textbox', { name: 'Email', exact: true }).fill(people.administrator.email)
  await page.getByLabel('Last name').fill('Lovelace')
  await page.getByRole('button', { name: 'Create the account' }).click()
  const email = page.getByRole('textbox', { name: 'Email', exact: true })
  await page.locator('input[aria-invalid=true]').waitFor()
  assert.equal(await email.getAttribute('aria-invalid'), 'true')
  assert.equal(await page.getByRole('textbox', { name: 'Company', exact: true }).inputValue(), unique('Refused'))
  assert.equal(await page.getByLabel('Last name').inputValue(), 'Lovelace')
  await email.fill(address('refused'))
  await page.getByRole('button', { name: 'Create the account' }).click()
  await page.getByText('got a mail with a link').waitFor()
})
