/** One normal form of an email address, whichever operation takes it, and mail that reaches the stored address and nobody else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { demoPassword } from '../src/demo/world.ts'
import { normalEmail } from '../src/lib/email.ts'
import { sendDueMail } from '../src/mail/send.ts'
import { mailNetwork } from '../src/mail/servers.ts'
import { createReseller } from '../src/tenants/resellers/resellers.command.ts'
import { sessionOf, shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { smtpServer } from './smtp.ts'

const t = await openWorld()
const { system } = t.database
const the = shownBy(t)
const [platform, reseller, administrator, user] = [the('platform'), the('reseller'), the('client'), the('client', 2, 2)]

const smtp = await smtpServer()
const network = mailNetwork(
  { smtpUrl: `smtp://localhost:${smtp.port}`, mailFrom: undefined, outgoingNetworks: [] },
  'https://id.vendor.example',
)
const addresses = { url: 'https://id.vendor.example', brandUrl: undefined }
/** Sends what waits, and answers whom the server was told to give it to. */
async function delivered(): Promise<string[]> {
  smtp.mails.length = 0
  await sendDueMail({ system, cipher: t.cipher, log: pino({ level: 'silent' }), addresses, network })
  return smtp.mails.flatMap(({ to }) => to.map((one) => normalEmail(one) ?? one)) // the server shows xn-- as letters
}

const ask = (one: TestCaller, method: string, path: string, body: object) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, body })

const password = 'correct horse battery 7'
/** Every operation that takes an address, as what calls it with one. */
const takers: Record<string, (email: string) => ReturnType<typeof ask>> = {
  'POST /iam/users': (email) =>
    ask(reseller, 'POST', '/iam/users', { email, password, company: `Company of ${email.replaceAll('\x1f', '')}` }),
  'POST /iam/clients/invite_user': (email) =>
    ask(reseller, 'POST', '/iam/clients/invite_user', { email, client_id: administrator.clientId, user_role: { id: 2 } }),
  'POST …/client-users/create': (username) =>
    ask(reseller, 'POST', `/iam/clients/${administrator.clientId}/client-users/create`, {
      username,
      password,
      user_role: { user_role: { id: 2 } },
    }),
  'POST /iam/admin/sellers': (email) => ask(reseller, 'POST', '/iam/admin/sellers', { email, full_name: 'Seller' }),
  'PUT /iam/users/{id}/email': (new_email) => ask(user, 'PUT', `/iam/users/${user.userId}/email`, { new_email, password: demoPassword }),
  'PATCH /iam/clients/{id}': (email) => ask(reseller, 'PATCH', `/iam/clients/${administrator.clientId}`, { email }),
  'POST …/notification settings': (email) =>
    ask(reseller, 'POST', '/iam/reselling/resellers/2/notification_settings', { email, notification_type: 'failed_login' }),
  'POST /reeve/resellers': (email) => ask(platform, 'POST', '/reeve/resellers', { email, name: `Reseller of ${email}` }),
}

const hostile = [
  ...['x,victim@probe.example', 'z;victim@probe.example', 'y<victim>@probe.example', 'a\u200bb@probe.example', 'a\u202eb@probe.example'],
  ...['x\u0087y@exa\u0085mple.com', '\u0130rk@kilo.example', 'a@b', 'a..b@probe.example'],
]
for (const [name, take] of Object.entries(takers))
  test(`${name} refuses what is no one address`, async () => {
    for (const email of hostile) {
      const answer = await take(email)
      assert.equal(answer.status, 400, `${JSON.stringify(email)}: ${answer.text}`)
      assert.match(answer.text, /Enter a valid email address\./)
    }
    await system`DELETE FROM attempts`
  })

test('none of them left anybody or anything to mail', async () => {
  const [made] = await system`SELECT count(*) FROM users WHERE email ~ 'victim|irk|probe'`
  assert.equal(made?.count, 0)
  assert.deepEqual(await delivered(), [])
})

for (const [name, take] of Object.entries(takers))
  test(`${name} takes an internationalized domain in any spelling, and keeps one`, async () => {
    const local = `n${Object.keys(takers).indexOf(name)}`
    const answer = await take(`${local}@BÜCHER.example`)
    assert.ok(answer.status < 300, answer.text)
    const normal = `${local}@xn--bcher-kva.example`
    const [kept] = await system`SELECT
      EXISTS (SELECT FROM users WHERE email = ${normal}) OR EXISTS (SELECT FROM clients WHERE email = ${normal})
      OR EXISTS (SELECT FROM notification_settings WHERE email = ${normal}) OR EXISTS (SELECT FROM email_changes WHERE new_email = ${normal}) AS so`
    assert.ok(kept?.so)
  })

test('the command line takes the same addresses', async () => {
  const make = (email: string) => createReseller(system, { name: `By command ${email}`, email, isPlatform: false })
  await assert.rejects(make('x,victim@probe.example'), /no email address/)
  await make('boss@BÜCHER.example')
  assert.equal((await system`SELECT FROM users WHERE email = 'boss@xn--bcher-kva.example'`).length, 1)
})

test('one address in another spelling is the same user, signs in alike, and is mailed to where it is stored', async () => {
  await delivered()
  const made = await ask(reseller, 'POST', '/iam/users', { email: 'kirk@kilo.example', password, company: 'Kilo' })
  assert.equal(made.status, 201, made.text)
  const spelled = '\u212aIRK@\u212ailo.example'
  const again = await ask(reseller, 'POST', '/iam/users', { email: spelled, password, company: 'Kilo two' })
  assert.deepEqual(again.body, { errors: { email: ['A user with this email already exists.'] } })
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: spelled, password } })
  assert.equal(login.status, 200, login.text)
  for (const [method, path, body] of [
    ['POST', '/iam/clients/invite_user', { email: spelled, client_id: administrator.clientId, user_role: { id: 2 } }],
    ['POST', '/iam/auth/reset_password', { email: spelled }],
  ] as const) {
    const answer = await ask(reseller, method, path, body)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(await delivered(), ['kirk@kilo.example'])
  }
  assert.equal((await t.ask('POST', '/iam/auth/password/forgot', { body: { email: spelled } })).status, 200)
  assert.deepEqual(await delivered(), ['kirk@kilo.example'])
})

test('a sign-in with what only lower-cases to an address of somebody is refused, and counted nowhere else', async () => {
  const ira = await ask(reseller, 'POST', '/iam/users', { email: 'ira@kilo.example', password, company: 'Ira' })
  assert.equal(ira.status, 201)
  const login = await t.ask('POST', '/iam/auth/jwt/login', { body: { username: '\u0130ra@kilo.example', password } })
  assert.equal(login.status, 400)
  assert.equal((await t.ask('POST', '/iam/auth/jwt/login', { body: { username: 'ira@kilo.example', password } })).status, 200)
})

test('of a recipient that got into the outbox all the same nobody is mailed', async () => {
  await delivered()
  for (const recipient of [
    'x,victim@probe.example',
    'z;victim@probe.example',
    'y<victim>@probe.example',
    'victim@probe.example, other@probe.example',
  ])
    await system`INSERT INTO outbox ${system({ reseller_id: 2, recipient, template: 'trial_began', lang: 'en' })}`
  assert.deepEqual(await delivered(), [])
  const left = await system`SELECT last_error FROM outbox WHERE recipient LIKE '%victim%' AND failed_at IS NOT NULL`
  assert.deepEqual(new Set(left.map(({ last_error }) => last_error)), new Set(['Its recipient is no email address.']))
  assert.equal(left.length, 4)
})

test('an email is changed to its normal form, which the answer shows', async () => {
  const session = await sessionOf(t, the('client', 2, 5).email)
  const answer = await ask(session, 'PUT', `/iam/users/${session.userId}/email`, {
    new_email: 'New@BÜCHER.example',
    password: demoPassword,
  })
  assert.deepEqual([answer.status, answer.body], [200, { new_email: 'New@xn--bcher-kva.example' }])
  assert.deepEqual(new Set(await delivered()), new Set(['New@xn--bcher-kva.example', session.email]), 'and told at the present one')
})
