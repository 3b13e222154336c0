/** The 400s of operations that document a shape of their own, held against the schemas of the contract. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { demoPassword } from '../src/demo/world.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const root = new URL('..', import.meta.url).pathname
const document = join(dirname(process.env.REEVE_CONTRACT ?? resolve(root, '../shared/contract/check.mjs')), 'iam.openapi.json')
const skip = existsSync(document) ? false : `the contract is not at ${document}: say in REEVE_CONTRACT where its check.mjs is`

const t = await openWorld()
const the = shownBy(t)
const [reseller, administrator, user, foreign] = [the('reseller'), the('client'), the('client', 2, 2), the('client', 3)]
const gone = t.world.users.find((one) => one.reseller_id === 2 && one.deleted_at && one.user_type === 'common') as { id: number }

/** The examples stand as enums there, and what has no required field matches every branch of a oneOf: both are mended. */
function mended(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(mended)
  if (node === null || typeof node !== 'object') return node
  const { oneOf, enum: _examples, ...rest } = node as Record<string, unknown>
  return Object.fromEntries(
    Object.entries({ ...rest, ...(oneOf !== undefined && { anyOf: oneOf }) }).map(([key, value]) => [key, mended(value)]),
  )
}

function validatorOf(schema: string) {
  const contract = mended(JSON.parse(readFileSync(document, 'utf8')))
  return new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
    .addSchema(contract as object, 'contract')
    .compile({ $ref: `contract#/components/schemas/${schema}` })
}

const emailOf = (id: number) => `/iam/users/${id}/email`
const invitation = { email: 'new@shapes.example', client_id: administrator.clientId, user_role: { id: 2 } }
const invite = '/iam/clients/invite_user'

type Refusal = [why: string, one: TestCaller, method: 'POST' | 'PUT', path: string, body: unknown, says: unknown]
const refusals: Record<string, Refusal[]> = {
  UpdateUserEmailError: [
    ['nothing', user, 'PUT', emailOf(user.userId), {}, { new_email: 'This field is required.', password: 'This field is required.' }],
    ['no text', user, 'PUT', emailOf(user.userId), { new_email: {}, password: 'x' }, { new_email: 'Must be of type string.' }],
    ['no object', user, 'PUT', emailOf(user.userId), [], { new_email: 'A JSON object is required.' }],
    ['no address', user, 'PUT', emailOf(user.userId), { new_email: 'x', password: 'x' }, { new_email: 'Enter a valid email address.' }],
    [
      'a wrong password',
      user,
      'PUT',
      emailOf(user.userId),
      { new_email: 'x@shapes.example', password: 'x' },
      { password: 'The password is incorrect.' },
    ],
    [
      'the same address',
      user,
      'PUT',
      emailOf(user.userId),
      { new_email: user.email, password: demoPassword },
      { new_email: 'The user already has this address.' },
    ],
    [
      'an address that somebody has',
      user,
      'PUT',
      emailOf(user.userId),
      { new_email: foreign.email, password: demoPassword },
      { new_email: `A user with the email ${foreign.email} already exists.` },
    ],
    [
      'a deleted user',
      reseller,
      'PUT',
      emailOf(gone.id),
      { new_email: 'x@shapes.example', password: demoPassword },
      { new_email: 'The user was deleted.' },
    ],
  ].map((row) => [...row.slice(0, 5), [{ errors: row[5] }]] as Refusal),
  InviteUserError: [
    ['nothing', administrator, 'POST', invite, {}, { errors: { email: ['This field is required.'] } }],
    [
      'a role within which something is wrong',
      administrator,
      'POST',
      invite,
      { ...invitation, user_role: { id: 1, name: {} } },
      { errors: { user_role: ['name: Must be of type string.'] } },
    ],
    [
      'an unknown role',
      administrator,
      'POST',
      invite,
      { ...invitation, user_role: { id: 77 } },
      { errors: { user_role: ['Invalid role: 77'] } },
    ],
    [
      'an account out of sight',
      administrator,
      'POST',
      invite,
      { ...invitation, client_id: 2 ** 40 },
      { errors: { client_id: ['There is no such account.'] } },
    ],
    [
      'who is there',
      administrator,
      'POST',
      invite,
      { ...invitation, email: user.email },
      [`User ${user.userId} has already been invited to client ${administrator.clientId}`],
    ],
    [
      'who cannot be there',
      administrator,
      'POST',
      invite,
      { ...invitation, email: foreign.email },
      ['This user cannot be added to this client.'],
    ],
  ],
}

for (const [schema, cases] of Object.entries(refusals))
  for (const [why, one, method, path, body, says] of cases)
    test(`${schema}: ${why}`, { skip }, async () => {
      const answer = await t.ask(method, path, { headers: { authorization: one.authorization }, body })
      assert.equal(answer.status, 400, answer.text)
      assert.partialDeepStrictEqual(answer.body, says)
      const validate = validatorOf(schema)
      assert.ok(validate(answer.body), `${answer.text}: ${JSON.stringify(validate.errors)}`)
    })
