/** What the activity keeps of a request: everything but secrets and files. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSecret, redactedBody, redactedQuery } from '../src/http/redaction.ts'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { run, watchActivity } from './scenarios.ts'

const t = await openWorld()
const reseller = shownBy(t)('reseller')
const activity = await watchActivity(t)
const json = 'application/json; charset=utf-8'

const secret = [
  ...[
    'password',
    'Password',
    'PASSWORD',
    'old_password',
    'newPassword',
    'double-password',
    'smtp.password',
    'passwd',
    'pwd',
    'user[password]',
  ],
  ...['secret', 'client_secret', 'clientSecret', 'totp_secret', 'token', 'Token', 'api_token', 'apiToken', 'tokens', 'refresh', 'access'],
  ...[
    'refresh_token',
    'access_token',
    'one_time_password',
    'oneTimePassword',
    'otp',
    'code',
    'backup_codes',
    'Authorization',
    'api-key',
    'X-API-Key',
  ],
  ...['private_key', 'cookie', 'old', 'new', 'double', 'pass\u200bword'],
]
const plain = [
  ...[
    'name',
    'email',
    'phone',
    'companyName',
    'country_code',
    'promocode',
    'promo_code',
    'client_user',
    'role',
    'status',
    'enabled',
    'seller',
  ],
  ...[
    'exp_date',
    'description',
    'token_id',
    'product_names',
    'access_level',
    'newsletter',
    'renewal',
    'lang',
    'domain',
    'options',
    'value',
  ],
]

test('the table of secret names knows them in any case and spelling, and takes nothing else for one', () => {
  for (const name of secret) assert.ok(isSecret(name), `${name} is secret`)
  for (const name of plain) assert.ok(!isSecret(name), `${name} is none`)
})

test('nothing under a secret name is kept, however deep, and everything beside it is', async () => {
  const value = fc.oneof(
    fc.constant('hidden-one'),
    fc.constant(['hidden-two']),
    fc.constant({ a: { b: 'hidden-three' } }),
    fc.constant(4711004711),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, fc.constant('kept'), fc.array(tie('tree'), { maxLength: 3 }), tie('object')),
    object: fc
      .dictionary(fc.constantFrom(...plain), tie('tree'), { maxKeys: 3 })
      .chain((one) => fc.tuple(fc.constantFrom(...secret), value).map(([name, hidden]) => ({ ...(one as object), [name]: hidden }))),
  }))
  fc.assert(
    fc.property(tree, (body) => {
      const kept = redactedBody(json, body)
      assert.doesNotMatch(kept, /hidden|4711004711/)
      assert.equal(kept.split('kept').length, JSON.stringify(body).split('kept').length)
    }),
  )
})

test('null and booleans stay, for they tell nothing', () => {
  assert.equal(redactedBody(json, { password: null, token: true, secret: '' }), '{"password":null,"token":true,"secret":"***"}')
})

test('queries: any spelling of a name, repeated or escaped', () => {
  assert.equal(
    redactedQuery('a=1&TOKEN=x&token=y&pass%77ord=z&user%5Bpassword%5D=q&%'),
    'a=1&TOKEN=***&token=***&password=***&user%5Bpassword%5D=***&%25=',
  )
})

test('very large bodies are cut after their secrets are gone, and never in the middle of a character', () => {
  const long = redactedBody(json, { a: 'x'.repeat(9980), password: 'hidden', b: '😀'.repeat(500_000) })
  assert.equal(long.length, 10_000)
  assert.doesNotMatch(long, /hidden/)
  assert.ok(redactedBody(json, { a: '😀'.repeat(9000), b: 'x' }).isWellFormed())
  assert.ok(redactedBody(json, { ab: '😀'.repeat(9000), b: 'x' }).isWellFormed())
  assert.equal(redactedBody(json, { a: 'b\0c' }), '{"a":"b\\u0000c"}')
})

test('what is kept of a body is its beginning, whatever its shape', () => {
  const bodies = [
    { a: Array.from({ length: 500 }, (_, n) => n), b: 'end' },
    Array.from({ length: 300 }, (_, n) => ({ [`k${n}`]: [null, true, 'text', { password: 'hidden' }] })),
    { ['x'.repeat(900)]: 'y'.repeat(90), z: 1 },
    Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}`, 'a"\n'])),
  ]
  for (const body of bodies) {
    const whole = redactedBody(json, body, Number.POSITIVE_INFINITY)
    assert.ok(whole.length > 900 && !whole.includes('hidden'))
    for (const longest of [0, 1, 10, 100, 899, 900, whole.length - 1, whole.length, 10 * whole.length])
      assert.equal(redactedBody(json, body, longest), whole.slice(0, longest))
  }
})

test('of a body that is no JSON nothing is kept', () => {
  for (const type of ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'image/png', undefined])
    assert.equal(redactedBody(type, { file: Buffer.from('bytes'), password: 'hidden' }), '')
})

test('the row in the log: a refused change with secrets everywhere', async () => {
  await run(t, activity, {
    name: 'secrets',
    as: reseller.authorization,
    method: 'PATCH',
    path: '/iam/clients/1002?Api_Token=hidden&page=2',
    body: { email: 7, Password: 'hidden', more: [{ clientSecret: ['hidden'], name: 'shown' }] },
    status: 400,
    records: [
      {
        query_params: 'Api_Token=***&page=2',
        data: '{"email":7,"Password":"***","more":[{"clientSecret":"***","name":"shown"}]}',
        status_code: 400,
        user_id: reseller.userId,
        actor_id: null,
        method: 'PATCH',
        path: '/iam/clients/1002',
        remote_ip: '127.0.0.1',
        host: 'localhost:80',
        token_id: Number(/\d+/.exec(reseller.authorization)?.[0]),
      },
    ],
  })
})
