/** What a reseller's customers see and receive: the logo, and mails through the reseller's own server. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { png } from '../../test/images.ts'
import { headerOf, login, smtpServer } from '../../test/smtp.ts'
import { ask, assertAccessible, openConsole, people, world } from './browser.ts'

const second = world.resellers[1] ?? assert.fail('the demo world has one reseller')
const PATH = '/iam/reselling/settings'

test('a logo is uploaded, and the preview of the sign-in page shows it; what is no image is refused', { timeout: 60_000 }, async (t) => {
  const page = await openConsole(t, { as: second, path: '/branding', expects: /status of 400/ })
  const upload = page.getByRole('button', { name: /^(Upload|Replace): Logo$/ })
  const choose = async (buffer: Buffer) => {
    const chooser = page.waitForEvent('filechooser')
    await upload.click()
    await (await chooser).setFiles({ name: 'logo.png', mimeType: 'image/png', buffer })
  }
  await upload.waitFor()
  const before = (await ask(second, 'GET', PATH)).body.publicSettings.logo
  await choose(Buffer.from('no image'))
  await page.getByRole('main').getByRole('alert').waitFor()
  assert.equal((await ask(second, 'GET', PATH)).body.publicSettings.logo, before)

  await choose(png({ width: 48, height: 24 }))
  await page.getByText('Saved').waitFor()
  const { logo } = (await ask(second, 'GET', PATH)).body.publicSettings
  assert.notEqual(logo, before)
  const shown = page.getByRole('img', { name: /^Sign-in page of/ }).locator(`img[src="${logo}"]`)
  await shown.waitFor()
  const size = await shown.evaluate(async (image: HTMLImageElement) => {
    await image.decode()
    return [image.naturalWidth, image.naturalHeight]
  })
  assert.deepEqual(size, [48, 24])
  await page.getByLabel('What the preview shows').selectOption('dark')
  await shown.waitFor()
  assert.equal(await page.getByRole('alert').count(), 0, 'the refusal is gone')
  await assertAccessible(page)
})

test('a test mail goes through the server that was set up, and its refusal is shown as it said it', { timeout: 90_000 }, async (t) => {
  const server = await smtpServer({ secure: true, authOptional: false })
  const { body: stored } = await ask('reseller', 'GET', PATH)
  t.after(async () => {
    const { logo: _logo, favicon: _favicon, ...publicSettings } = stored.publicSettings
    const restored = await ask('reseller', 'PUT', PATH, { domain: stored.domain, publicSettings, privateSettings: { mailServer: {} } })
    assert.equal(restored.status, 200, JSON.stringify(restored.body))
  })
  const page = await openConsole(t, { as: 'reseller', path: '/mail_server', expects: /status of 400/ })
  await page.getByLabel('Sender').fill('hello@mail-test.example')
  await page.getByLabel('Host').fill('localhost')
  await page.getByLabel('Port').fill(String(server.port))
  await page.getByLabel('User name').fill(login.user)
  await page.getByLabel('Password', { exact: true }).fill('not its password')
  const send = page.getByRole('button', { name: 'Send test email' })
  assert.equal(await send.isDisabled(), true, 'what is not saved cannot be tested')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('One is stored').waitFor()
  await send.click()
  await page.getByText('The email could not be sent. What went wrong:').waitFor()
  await page.getByText('535').waitFor()
  assert.ok(!(await page.getByRole('main').innerText()).includes('not its password'), 'the answer is shown without the password')
  assert.equal(server.mails.length, 0)
  await assertAccessible(page)

  await page.getByLabel('Password', { exact: true }).fill(login.pass)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('input[type=password]')?.value === '')
  await send.click()
  await page.getByText(`The mail server took the email to ${people.reseller.email}`).waitFor()
  const [mail, ...more] = server.mails
  assert.ok(mail)
  assert.deepEqual([more.length, mail.to, mail.user, mail.secure], [0, [people.reseller.email], login.user, true])
  assert.match(headerOf(mail, 'From') ?? '', /hello@mail-test\.example/)
})
