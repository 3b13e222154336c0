/** The profile: personal data, and every way to sign in, set up and taken away by its owner. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { generate } from 'otplib'
import type { Page } from 'playwright-core'
import { ask, assertAccessible, base, openConsole, signIn, world } from './browser.ts'
import { newAdministrator, password } from './own-people.ts'

const login = async (email: string, secret: string) => {
  const response = await fetch(`${base}/iam/auth/jwt/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: email, password: secret }),
  })
  return { status: response.status, code: response.headers.get('x-error-code') }
}

/** Sets two-step verification up on its tab, up to the codes. */
async function setUp(page: Page, secretPassword = password) {
  await page.getByRole('button', { name: 'Set up' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password', { exact: true }).fill(secretPassword)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const path = await page.getByRole('img', { name: 'QR code for your authenticator app' }).locator('path').getAttribute('d')
  assert.ok((path?.length ?? 0) > 1000, 'a QR code is drawn')
  const secret = (await page.locator('ol code').textContent()) ?? ''
  await page.getByLabel('Enter the code that the app shows').fill('000000')
  await page.getByRole('button', { name: 'Switch on' }).click()
  await page.getByLabel('Enter the code that the app shows').and(page.locator('[aria-invalid=true]')).waitFor()
  await page.getByLabel('Enter the code that the app shows').fill(await generate({ secret }))
  await page.getByRole('button', { name: 'Switch on' }).click()
  const codes = page.getByRole('list', { name: 'Your backup codes' }).getByRole('listitem')
  await codes.first().waitFor()
  return codes.allTextContents()
}

test('two-step verification: set up, backup codes kept, renewed, and switched off', { timeout: 110_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile?tab=two-step', expects: /status of 400/ })
  const codes = await setUp(page)
  assert.equal(codes.length, 5)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()])
  const saved = await readFile(await file.path(), 'utf8')
  for (const code of codes) assert.ok(saved.includes(code))
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${codes.join('\n')}\n`)
  await assertAccessible(page)
  const done = page.getByRole('button', { name: 'Done' })
  assert.ok(await done.isDisabled(), 'the codes are not left by mistake')
  await page.getByLabel('I have kept these codes').check()
  await done.click()
  await page.getByText('5 backup codes are left.').waitFor()
  assert.deepEqual(await login(person.email, password), { status: 400, code: 'code_required' })

  await page.getByRole('button', { name: 'New backup codes' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByLabel('Code of your authenticator app').fill(codes[0] ?? '')
  await dialog.getByRole('button', { name: 'Make new codes' }).click()
  await page.getByRole('list', { name: 'Your backup codes' }).waitFor()
  const fresh = await page.getByRole('list', { name: 'Your backup codes' }).getByRole('listitem').allTextContents()
  assert.ok(fresh.length === 5 && !fresh.includes(codes[1] ?? ''))
  await page.getByLabel('I have kept these codes').check()
  await page.getByRole('button', { name: 'Done' }).click()

  await page.getByRole('button', { name: 'Switch off' }).click()
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByLabel('Code of your authenticator app').fill(fresh[0] ?? '')
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Set up' }).waitFor()
  assert.equal((await login(person.email, password)).status, 200)
})

test('whoever must set up two-step verification is led there, and goes on afterwards', { timeout: 110_000 }, async (t) => {
  const other = world.resellers[1]
  const administrator = world.clients.find((one) => one.role === 'Administrators' && one.reseller === other?.id)
  assert.ok(other && administrator)
  const require = (needed: boolean) => ask(other, 'PATCH', '/reeve/resellers/me/security', { administrators_need_two_step: needed })
  assert.equal((await require(true)).status, 200)
  try {
    const page = await openConsole(t, { as: administrator, path: '/members', expects: /status of 400/ })
    await page.getByText('Your provider requires two-step verification').waitFor()
    assert.match(page.url(), /\/profile\?tab=two-step$/)
    assert.deepEqual(await page.getByRole('navigation', { name: 'Pages' }).getByRole('listitem').allTextContents(), ['Profile'])
    await setUp(page, administrator.password)
    await page.getByLabel('I have kept these codes').check()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'People' }).click()
    await page.getByRole('heading', { name: 'People', level: 1 }).waitFor()
  } finally {
    await require(false)
  }
})

test('a passkey is added, renamed, used to sign in, and deleted', { timeout: 110_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile?tab=passkeys' })
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Work laptop')
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const table = page.getByRole('table')
  await table.getByRole('cell', { name: 'Work laptop' }).waitFor()
  await table.getByRole('cell', { name: 'Never' }).waitFor()
  await table.getByRole('button', { name: 'Rename' }).click()
  await dialog.getByLabel('Name').fill('Old laptop')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await table.getByRole('cell', { name: 'Old laptop' }).waitFor()
  await assertAccessible(page)

  const options = await page.evaluate(async () => {
    const asked = await fetch('/reeve/auth/passkeys/options', { method: 'POST' })
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(await asked.json()) })
    const body = JSON.stringify((credential as PublicKeyCredential).toJSON())
    return (await fetch('/reeve/session/passkey', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status
  })
  assert.equal(options, 200)
  await page.reload()
  await table
    .getByRole('cell', { name: 'now' })
    .or(table.getByRole('cell', { name: 'ago' }))
    .first()
    .waitFor()

  await table.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No passkeys yet').waitFor()
})

test('sessions: another one is ended, then all others, then everything is revoked', { timeout: 110_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile?tab=sessions' })
  await page.getByText('This session').waitFor()
  for (let n = 0; n < 3; n++) assert.equal((await login(person.email, password)).status, 200)
  await page.reload()
  const ends = page.getByRole('button', { name: 'End', exact: true })
  await ends.nth(2).waitFor()
  await ends.first().click()
  await page.getByText('The session has ended.').waitFor()
  await ends.nth(2).waitFor({ state: 'detached' })
  assert.equal(await ends.count(), 2)
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click()
  await ends.first().waitFor({ state: 'detached' })
  await page.getByText('This session').waitFor()

  await page.getByRole('navigation', { name: 'Profile' }).getByRole('link', { name: 'Sign-ins' }).click()
  await page.getByRole('button', { name: 'This was not me' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Revoke everything' }).click()
  await page.waitForURL('**/profile?tab=password')
  await page.getByText('Everything is revoked.').waitFor()
})

test('a password is changed: what is wrong is said under its field, and the session goes on', { timeout: 60_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile?tab=password', expects: /status of 400/ })
  const next = 'another sentence, longer than it was'
  await page.getByLabel('Present password').fill('not the present one')
  await page.getByLabel('New password', { exact: true }).fill(next)
  await page.getByLabel('New password again').fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByLabel('Present password').and(page.locator('[aria-invalid=true]')).waitFor()
  assert.equal(await page.getByLabel('New password', { exact: true }).inputValue(), next)
  await page.getByLabel('Present password').fill(password)
  await page.getByLabel('New password again').fill(`${next}!`)
  await page.getByText('The two are not the same.').waitFor()
  await page.getByLabel('New password again').fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password is changed.').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Profile' }).waitFor()
  assert.equal((await login(person.email, password)).status, 400)
  assert.equal((await login(person.email, next)).status, 200)
})

test('personal data: the name is everywhere at once, the language is the console’s too', { timeout: 60_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile' })
  await page.getByLabel('Name').fill('Grace Hopper')
  await page.getByLabel('Language').selectOption('de')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Profil', exact: true }).waitFor()
  await page.locator('button[aria-haspopup=menu]').getByText('Grace Hopper').waitFor()
  const { body } = await ask('reseller', 'GET', `/iam/users/${person.id}`)
  assert.deepEqual([body.name, body.lang], ['Grace Hopper', 'de'])
})

test('another email is asked for with the password, and what happens next is said', { timeout: 60_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/profile', expects: /status of 400/ })
  await page.getByRole('button', { name: 'Change email' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('New email').fill(world.platform.email)
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  const send = dialog.getByRole('button', { name: 'Send the link' })
  await dialog.getByLabel('New email').fill(person.email)
  await send.click()
  await dialog.getByLabel('New email').and(page.locator('[aria-invalid=true]')).waitFor()
  await dialog.getByLabel('New email').fill(`new-${person.email}`)
  await send.click()
  await page.getByText(`Open the link in the email to new-${person.email}`).waitFor()
})

test('staff have a profile too', async (t) => {
  const page = await openConsole(t)
  await signIn(page, world.platform)
  await page.goto('/profile')
  await page.getByLabel('Name').waitFor()
  await page.getByRole('link', { name: 'Two-step verification' }).click()
  await page.getByRole('button', { name: 'Set up' }).waitFor()
})
