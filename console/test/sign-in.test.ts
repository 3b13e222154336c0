/** Signing in and out, as each kind of user, with what may go wrong. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { assertAccessible, openConsole, people, type Who } from './browser.ts'

const refused = /status of 40[01]/

for (const who of Object.keys(people) as Who[])
  test(`${who}: signs in by the form, reloads, and signs out`, async (t) => {
    const page = await openConsole(t)
    await page.waitForURL('**/sign-in')
    await page.getByLabel('Email').fill(people[who].email)
    await page.getByLabel('Password', { exact: true }).fill(people[who].password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await page.reload()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await page.waitForLoadState('networkidle') // what is asked for now would be refused after signing out
    await page.locator('button[aria-haspopup=menu]').click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
  })

test('a wrong password is refused in words, and what was typed is kept', async (t) => {
  const page = await openConsole(t, { path: '/sign-in', expects: refused })
  await page.getByLabel('Email').fill('nobody@north.example')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('is wrong').waitFor()
  assert.equal(await page.getByLabel('Email').inputValue(), 'nobody@north.example')
})

test('the page asked for is shown after signing in, and never one of another site', async (t) => {
  const page = await openConsole(t, { path: '/profile' })
  await page.waitForURL('**/sign-in?next=%2Fprofile')
  const signIn = async () => {
    await page.getByLabel('Email').fill(people.reseller.email)
    await page.getByLabel('Password', { exact: true }).fill(people.reseller.password)
    await page.keyboard.press('Enter')
  }
  await signIn()
  await page.waitForURL('**/profile')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  await page.context().clearCookies()
  await page.evaluate(() => localStorage.clear())
  await page.goto('/sign-in?next=//evil.example/')
  await signIn()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/')
})

test('the language is chosen and kept', async (t) => {
  const page = await openConsole(t, { path: '/sign-in', language: 'de' })
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
  await page.getByLabel('Sprache').selectOption('zh')
  await page.getByRole('heading', { name: '登录' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: '登录' }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh')
})

test('a forgotten password is asked for by keyboard alone, at 320 pixels', async (t) => {
  const page = await openConsole(t, { path: '/sign-in', width: 320 })
  await page.getByRole('button', { name: 'Forgot your password?' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await page.keyboard.type('nobody@north.example')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Look into your mailbox').waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await assertAccessible(page)
})

test('signing out in one tab signs out the others', async (t) => {
  const page = await openConsole(t, { as: 'reseller' })
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  const other = await page.context().newPage()
  await other.goto('/profile')
  await other.getByRole('navigation', { name: 'Pages' }).waitFor()
  await page.locator('button[aria-haspopup=menu]').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await other.waitForURL('**/sign-in')
})

for (const theme of ['light', 'dark'] as const)
  test(`the sign-in page is accessible, ${theme}`, async (t) => {
    const page = await openConsole(t, { path: '/sign-in', theme })
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await assertAccessible(page)
  })
