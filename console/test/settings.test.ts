/** The settings of a reseller and the pages of the platform: who has them, what a refusal says, and what the preview shows before anything is saved. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, openConsole, people, world } from './browser.ts'

const second = world.resellers[1] ?? assert.fail('the demo world has one reseller')
const PATH = '/iam/reselling/settings'

test('settings are for resellers: a seller has no link to them, and is refused without one', async (t) => {
  const page = await openConsole(t, { as: 'seller', expects: /403/ })
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  const names = await links.allInnerTexts()
  for (const name of ['Branding', 'Mail server', 'Security', 'Outbox', 'Resellers', 'Server']) assert.ok(!names.includes(name), name)
  await page.goto('/security')
  await page.getByRole('main').getByRole('alert').waitFor()
  assert.equal(await page.getByRole('switch').count(), 0)
})

test('the preview follows what is typed, and weak colours are named before they are saved', async (t) => {
  const page = await openConsole(t, { as: second, path: '/branding' })
  await page.getByLabel('Name of the brand').fill('Typed Brand')
  const picture = page.getByRole('img', { name: 'Sign-in page of Typed Brand' })
  await picture.waitFor()
  await page.getByRole('textbox', { name: 'Buttons', exact: true }).fill('#fafafa')
  const button = picture.locator('div', { hasText: /^Sign in$/ }).last()
  await page.waitForFunction(
    (element) => element && getComputedStyle(element).backgroundColor === 'rgb(250, 250, 250)',
    await button.elementHandle(),
  )
  await page.getByRole('list', { name: 'Contrast' }).getByText('should be 3:1 at least').waitFor()
  await page.getByLabel('What the preview shows').selectOption('mail')
  await page.getByText('Typed Brand sent this email').or(page.getByText('This email was sent by Typed Brand')).first().waitFor()

  const before = await ask(second, 'GET', PATH)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const question = page.getByRole('dialog')
  await question.getByText('1:1').first().waitFor()
  await question.getByRole('button', { name: 'Cancel' }).click()
  assert.deepEqual((await ask(second, 'GET', PATH)).body, before.body, 'nothing is saved without a yes')
})

test('a refusal stands at its field, and what was typed is kept', async (t) => {
  const page = await openConsole(t, { as: second, path: '/branding', expects: /400/ })
  const { body } = await ask(people.reseller, 'GET', PATH)
  const domain = page.getByRole('textbox', { name: 'Domain' })
  await domain.fill(body.domain)
  await page.getByLabel('Website').fill('no address')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('An address is required that begins with http').waitFor()
  assert.equal(await page.getByLabel('Website').getAttribute('aria-invalid'), 'true')
  assert.equal(await domain.inputValue(), body.domain)
})

test('saving the brand keeps the mail server, and saving the mail server keeps the brand', async (t) => {
  const page = await openConsole(t, { as: second, path: '/branding' })
  await page.getByLabel('Support phone').fill('+47 555 0199')
  const domain = page.getByRole('textbox', { name: 'Domain' })
  if ((await domain.inputValue()) === '') await domain.fill('console-test.example')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved').waitFor()
  await page.goto('/mail_server')
  await page.getByLabel('Host').fill('smtp.console-test.example')
  await page.getByLabel('Password', { exact: true }).fill('a password of that server')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('One is stored').waitFor()
  const { body } = await ask(second, 'GET', PATH)
  assert.equal(body.publicSettings.supportPhone, '+47 555 0199')
  assert.equal(body.privateSettings.mailServer.host, 'smtp.console-test.example')

  await page.goto('/branding')
  await page.getByLabel('Support phone').fill('+47 555 0200')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved').waitFor()
  assert.equal((await ask(second, 'GET', PATH)).body.privateSettings.mailServer.hasPassword, true, 'the password is still there')
})

test('two-step verification is asked for before it is required', async (t) => {
  const page = await openConsole(t, { as: second, path: '/security' })
  const toggle = page.getByRole('switch', { name: 'Sellers need two-step verification' })
  await toggle.waitFor()
  await toggle.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await toggle.isChecked(), false)
  await toggle.click()
  await page.getByRole('button', { name: 'Switch on' }).click()
  await page.getByText('Saved').waitFor()
  assert.equal((await ask(second, 'GET', '/reeve/resellers/me/security')).body.sellers_need_two_step, true)
  await toggle.click()
  await page.waitForFunction(() => !document.querySelector('input[role=switch]:checked'))
})

test('a product that an account uses stays available, and the refusal stands beside it', async (t) => {
  const page = await openConsole(t, { as: 'reseller', path: '/availability', expects: /403/ })
  const cdn = page.getByRole('switch', { name: 'CDN' })
  await cdn.waitFor()
  assert.equal(await cdn.isChecked(), true)
  await cdn.click()
  await page.getByRole('link', { name: 'Accounts that use it' }).waitFor()
  assert.equal(await cdn.isChecked(), true)
})

test('an address is told of what its switches say', async (t) => {
  const page = await openConsole(t, { as: second, path: '/notifications', expects: /400/ })
  await page.getByRole('textbox', { name: 'Email' }).fill('not an address')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.locator('[aria-invalid=true]').waitFor()
  const email = `alerts-${Date.now()}@console-test.example`
  await page.getByRole('textbox', { name: 'Email' }).fill(email)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const failed = page.getByRole('switch', { name: `Failed sign-ins to ${email}` })
  await failed.waitFor()
  await failed.click()
  await page.getByText(`${email} is no longer told: Failed sign-ins`).waitFor()
  assert.equal(await failed.isChecked(), false)
  await page.getByRole('button', { name: `Remove ${email}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await failed.waitFor({ state: 'detached' })
})

test('an operator reads a mail of the outbox as it looks', async (t) => {
  const invited = `invited-${Date.now()}@console-test.example`
  const { status } = await ask('platform', 'POST', '/reeve/resellers', { name: `Mailed ${Date.now()}`, email: invited })
  assert.equal(status, 201)
  const page = await openConsole(t, { as: 'platform', path: `/outbox?recipient=${encodeURIComponent(invited)}` })
  await page.getByRole('button', { name: 'Details' }).first().click()
  await page.getByRole('button', { name: 'Show the email' }).click()
  await page.getByText('Whoever opens it acts as the recipient').waitFor()
  const background = page.locator('[lang=en] > div').first()
  await page.waitForFunction((element) => element && getComputedStyle(element).padding === '16px 24px', await background.elementHandle())
})

test('an operator creates, deletes and restores a reseller', async (t) => {
  const page = await openConsole(t, { as: 'platform', path: '/resellers', expects: /400/ })
  const name = `Console ${Date.now()}`
  await page.getByRole('button', { name: 'Create reseller' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Email').fill('nobody')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.locator('[aria-invalid=true]').waitFor()
  assert.equal(await dialog.getByLabel('Name').inputValue(), name)
  await dialog.getByLabel('Email').fill(`${Date.now()}@console-test.example`)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.waitFor({ state: 'detached' })
  const row = page.getByRole('row').filter({ hasText: name })
  await row.getByRole('button', { name: 'Details' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await row.getByText('Deleted').waitFor()
  await page.getByRole('button', { name: 'Restore' }).click()
  await row.getByText('Live').waitFor()
})

test('the page of the server says whether it is ready, and its version', async (t) => {
  const page = await openConsole(t, { as: 'platform', path: '/server' })
  await page.getByText(/●\s*Ready/).waitFor()
  await page.getByText('Up to date').waitFor()
  await page.getByText('0.1.0').waitFor()
})
