/** What a new password must be: not its storage, which the tests of sessions and accounts are about. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, isOneOf, isPassword, passwordErrors } from './passwords.ts'
import { ourselves } from './semaphore.ts'

const email = 'Ada.Lovelace@example.com'
const refused: [string, RegExp, string?][] = [
  ['', /12 characters/],
  ['elevenchars', /12 characters/],
  ['🙂'.repeat(11), /12 characters/],
  ['ab c'.repeat(33), /128 characters/],
  ['1q2w3e4r5t6y', /common/],
  ['QWERTY123456', /common/],
  ['aaaaaaaaaaaa', /common/],
  ['abcabcabcabc', /common/],
  ['passwordpassword', /common/],
  ['ada.lovelace@example.com', /email/],
  ['my ADA.lovelace 1', /email/],
  ['example.com1', /email/, 'x@example.com1.org'],
]
for (const [password, reason, of = email] of refused)
  test(`“${password.slice(0, 30)}” is refused for ${reason}`, () => assert.match(passwordErrors(password, of).join(), reason))

for (const password of [
  'correct horse battery',
  'x1x1x1x1x1yz',
  ' leading blank ',
  '密码密码一二三四五六七八',
  'reeve-demo-password',
  `${'a1b2c3d'.repeat(18)}zz`,
])
  test(`“${password.slice(0, 30)}” can be a password`, () => assert.deepEqual(passwordErrors(password, email), []))

test('a short name before the @ does not forbid words', () =>
  assert.deepEqual(passwordErrors('information is all', 'info@example.com'), []))

test('a hash is of its password and of no other, and none is of any', async () => {
  const hashes = await Promise.all(['first of them', 'second of them'].map((one) => hashPassword(one, ourselves)))
  assert.ok(await isPassword(hashes[0], 'first of them', ourselves))
  assert.ok(!(await isPassword(hashes[0], 'second of them', ourselves)))
  assert.ok(!(await isPassword(null, 'nobody has this password', ourselves)), 'the decoy is nobody’s password')
  assert.ok(await isOneOf(hashes, 'second of them', ourselves))
  assert.ok(!(await isOneOf(hashes, 'third of them', ourselves)))
  assert.ok(!(await isOneOf([], 'third of them', ourselves)))
})
