/** The people of an account, for an Administrator and for a user. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ask, assertAccessible, openConsole } from './browser.ts'
import { newAdministrator, newMember } from './own-people.ts'

test('an Administrator invites, sends again, and withdraws', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const page = await openConsole(t, { as: person, path: '/members', expects: /status of 400/ })
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog')
  const email = `guest-${person.email}`
  await dialog.getByLabel('Email').fill(person.email)
  await dialog.getByRole('button', { name: 'Invite' }).click()
  await dialog.getByRole('alert').getByText('This person is in the account already').waitFor()
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByLabel('Name').fill('Alan Turing')
  await dialog.getByLabel('Role').selectOption('Engineers')
  await assertAccessible(page)
  await dialog.getByRole('button', { name: 'Invite' }).click()
  const row = page.getByRole('row', { name: /Alan Turing/ })
  await row.getByText('Invited').waitFor()
  await row.getByRole('button', { name: 'Send again' }).click()
  await page.getByText('The invitation is sent again.').waitFor()
  await row.getByRole('button', { name: 'Withdraw' }).click()
  await row.waitFor({ state: 'detached' })
})

test('a role is changed and access revoked; the last Administrator stays one', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  const member = await newMember(person, 'Users')
  const page = await openConsole(t, { as: person, path: '/members' })
  const [own, other] = [
    page.getByRole('row', { name: new RegExp(person.email) }),
    page.getByRole('row', { name: new RegExp(member.email) }),
  ]
  await own.getByText('The last Administrator who can sign in keeps this role.').waitFor()
  await assertAccessible(page)
  await other.getByRole('combobox').selectOption('Administrators')
  await own.getByRole('combobox').waitFor()
  const { body } = await ask('reseller', 'GET', `/iam/clients/${person.clientId}/client-users/${member.id}`)
  assert.equal(body.user_role.name, 'Administrators')
  await other.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await other.waitFor({ state: 'detached' })
  await own.getByText('The last Administrator who can sign in keeps this role.').waitFor()
})

test('whoever gives up the own role goes on as a user', { timeout: 90_000 }, async (t) => {
  const person = await newAdministrator()
  await newMember(person, 'Administrators')
  const page = await openConsole(t, { as: person, path: '/members' })
  await page
    .getByRole('row', { name: new RegExp(person.email) })
    .getByRole('combobox')
    .selectOption('Users')
  await page.getByRole('dialog').getByRole('button', { name: 'Change my role' }).click()
  await page.getByText('Only Administrators see the other people').waitFor()
  await page.getByRole('button', { name: 'Invite' }).waitFor({ state: 'detached' })
})

test('a user sees itself and why nobody else', async (t) => {
  const page = await openConsole(t, { as: 'user', path: '/members' })
  await page.getByText('Only Administrators see the other people').waitFor()
  await page.getByRole('row').nth(1).waitFor()
  assert.equal(await page.getByRole('row').count(), 2)
  assert.equal(await page.getByRole('button', { name: 'Invite' }).count(), 0)
})
