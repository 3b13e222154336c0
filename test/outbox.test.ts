/** The outbox as the platform sees it, dead mails tried again, and the test mail of branding. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../src/lib/secrets.ts'
import { mailLink, queueMail } from '../src/mail/outbox.ts'
import { mailNetwork } from '../src/mail/servers.ts'
import { openWorld, testMail } from './harness.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'
import { certificate, headerOf, login, smtpServer } from './smtp.ts'

const local = mailNetwork({ smtpUrl: undefined, mailFrom: undefined, outgoingNetworks: ['127.0.0.0/8'] }, 'https://id.vendor.example')
const t = await openWorld({ mail: { ...testMail, network: { ...local, ca: [certificate('localhost')] } } })
const { system } = t.database
const activity = await watchActivity(t)
const operator = `APIKey ${t.shown.platform.token}`
const [reseller] = t.shown.resellers
assert.ok(reseller)
const asReseller = `APIKey ${reseller.token}`
const [user] = t.world.users.filter((one) => one.reseller_id === 2 && one.user_type === 'common')
assert.ok(user)
const mail = { reseller_id: 2, client_id: user.client_id, user_id: user.id, lang: 'ru', details: { name: 'Anna' } }
const get = (path: string) => t.ask('GET', path, { headers: { authorization: operator } })
const lastId = async () => (await system`SELECT max(id) AS id FROM outbox`)[0]?.id as number

test('what is kept is listed newest first, by state, address, reseller and template', async () => {
  await system`DELETE FROM outbox`
  await system.begin(async (db) => {
    await queueMail(db, { ...mail, recipient: 'Kept_1@mail.example', template: 'trial_ended' })
    await queueMail(db, { ...mail, recipient: 'kept-2@mail.example', template: 'trial_began' })
    await queueMail(db, {
      ...mail,
      reseller_id: 3,
      client_id: null,
      user_id: null,
      recipient: 'third@mail.example',
      template: 'trial_began',
    })
  })
  await system`INSERT INTO outbox ${system({ reseller_id: 2, recipient: 'sent@mail.example', template: 'test', lang: 'en', sent_at: new Date() })}`
  const of = async (query: string) =>
    (await get(`/reeve/outbox?${query}`)).body.results.map(({ recipient }: { recipient: string }) => recipient)
  assert.deepEqual(await of(''), ['sent@mail.example', 'third@mail.example', 'kept-2@mail.example', 'Kept_1@mail.example'])
  assert.deepEqual(await of('state=kept&reseller_id=2'), ['kept-2@mail.example', 'Kept_1@mail.example'])
  assert.deepEqual(await of('recipient=KEPT_'), ['Kept_1@mail.example'], '_ is an ordinary character')
  assert.deepEqual(await of('template=trial_began&recipient=mail.ex'), ['third@mail.example', 'kept-2@mail.example'])
  assert.deepEqual(await of('state=sent'), ['sent@mail.example'])
  assert.deepEqual(await of('state=dead'), [])
  const first = await get('/reeve/outbox?limit=3')
  assert.deepEqual(await of(`limit=3&cursor=${first.body.next_cursor}`), ['Kept_1@mail.example'])
  await activity.mails()
  await run(t, activity, {
    name: 'no state',
    as: operator,
    method: 'GET',
    path: '/reeve/outbox?state=lost',
    status: 400,
    says: { errors: {} },
  })
})

test('a kept mail shows its link, which works, and that it was looked at is recorded; a sent one and one that can be sent show none', async () => {
  const recipient = 'anna@mail.example'
  await system.begin((db) => mailLink(db, t.cipher, { ...mail, recipient, template: 'password_reset', user_id: user.id }))
  await activity.mails()
  const id = await lastId()
  const path = `/reeve/outbox/${id}`
  const records = [{ action: 'getOutboxMail', method: 'GET', path, status_code: 200, affected_client_id: user.client_id }]
  const { body } = await run(t, activity, {
    name: 'kept',
    as: operator,
    method: 'GET',
    path,
    status: 200,
    says: { state: 'kept', recipient },
    records,
  })
  const [, token = ''] = /^http:\/\/test\/reeve\/links\/([\w-]+)$/.exec(body.link) ?? []
  assert.ok(body.text.includes(body.link) && body.html.includes(body.link))
  const [link] = await system`SELECT user_id FROM one_time_links WHERE hash = ${hashSecret(token)} AND used_at IS NULL`
  assert.equal(link?.user_id, user.id)
  assert.match(body.text, /^Здравствуйте, Anna!/)

  const server = system.json({ host: 'mail.example' })
  await system`INSERT INTO branding ${system({ reseller_id: 2, domain: 'two.example', mail_server: server, deleted_at: null })}
    ON CONFLICT (reseller_id) DO UPDATE SET mail_server = excluded.mail_server, deleted_at = NULL`
  const waiting = await get(path)
  assert.partialDeepStrictEqual(waiting.body, { state: 'waiting', link: null })
  assert.doesNotMatch(waiting.text, new RegExp(token))
  await system`UPDATE branding SET mail_server = '{}' WHERE reseller_id = 2`
  await activity.since(1)
})

test('a dead mail is tried again on request, unless its link is gone', async () => {
  const dead = { reseller_id: 2, recipient: 'a@mail.example', lang: 'en', attempts: 12, failed_at: new Date(), last_error: 'No' }
  await system`INSERT INTO outbox ${system({ ...dead, template: 'test' })}`
  await system`INSERT INTO outbox ${system({ ...dead, template: 'invitation' })}`
  await activity.mails()
  const id = await lastId()
  const retry = { as: operator, method: 'POST' }
  const record = (of: number, status_code: number) => [{ action: 'retryOutboxMail', path: `/reeve/outbox/${of}/retry`, status_code }]
  await run(t, activity, {
    ...retry,
    name: 'without a link',
    path: `/reeve/outbox/${id - 1}/retry`,
    status: 200,
    says: { state: 'kept', attempts: 0, failed_at: null },
    records: record(id - 1, 200),
  })
  await run(t, activity, { ...retry, name: 'not dead', path: `/reeve/outbox/${id - 1}/retry`, status: 409, records: record(id - 1, 409) })
  await run(t, activity, { ...retry, name: 'with a link', path: `/reeve/outbox/${id}/retry`, status: 409, records: record(id, 409) })
})

test('a mail that waits is tried again on request, its link with it; not while it is being sent, and not once it was', async () => {
  const smtp = await smtpServer()
  await settings(smtp.port)
  const waiting = { reseller_id: 2, recipient: 'w@mail.example', lang: 'en', attempts: 7, last_error: 'No' }
  const link = Buffer.from('encrypted')
  await system`INSERT INTO outbox ${system({ ...waiting, template: 'invitation', encrypted_link: link, next_attempt_at: new Date(Date.now() + 3_600_000) })}`
  await activity.mails()
  const id = await lastId()
  const retry = { as: operator, method: 'POST', path: `/reeve/outbox/${id}/retry` }
  const record = (status_code: number) => [{ action: 'retryOutboxMail', path: retry.path, status_code }]
  const refusedAs = (message: string) => ({ ...retry, name: message, status: 409, says: { message }, records: record(409) })

  await run(t, activity, { ...retry, name: 'waiting', status: 200, says: { state: 'waiting', attempts: 0 }, records: record(200) })
  const [due] = await system`SELECT next_attempt_at <= now() AS due, encrypted_link FROM outbox WHERE id = ${id}`
  assert.deepEqual({ ...due }, { due: true, encrypted_link: link })
  await system`UPDATE outbox SET leased_until = now() + interval '1 minute' WHERE id = ${id}`
  await run(t, activity, refusedAs('This mail is being sent.'))
  await system`UPDATE outbox SET leased_until = NULL, sent_at = now() WHERE id = ${id}`
  await run(t, activity, refusedAs('This mail has already been sent.'))
  await system`UPDATE branding SET mail_server = '{}', mail_password = NULL WHERE reseller_id = 2`
})

const testMailOf = (name: string, more: Pick<Scenario, 'status' | 'says' | 'records' | 'mails'>): Scenario => ({
  name,
  as: asReseller,
  method: 'POST',
  path: '/reeve/branding/test_mail',
  ...more,
})
const records = (status_code: number) => [{ action: 'sendTestMail', status_code }]

async function settings(port: number, { password = login.pass, host = 'localhost' } = {}) {
  const mailServer = { host, port: String(port), login: login.user, password }
  const publicSettings = {
    brandName: 'North',
    fromEmail: 'hello@north.example',
    showApiDoc: false,
    showStatusPage: 'false',
    showKnowledgeBase: false,
    showTickets: false,
  }
  const body = { domain: 'north.example', publicSettings, privateSettings: { mailServer } }
  const answer = await t.ask('PUT', '/iam/reselling/settings', { headers: { authorization: asReseller }, body })
  assert.equal(answer.status, 200, answer.text)
  await activity.since(1)
}

test('a test mail goes to oneself at once, past the outbox', async () => {
  const smtp = await smtpServer()
  await settings(smtp.port)
  const says = { status: 'sent', recipient: reseller.email }
  await run(t, activity, testMailOf('sent', { status: 200, says, records: records(200) }))
  const [sent] = smtp.mails
  assert.ok(sent?.secure && sent.user === login.user)
  assert.deepEqual(sent.to, [reseller.email])
  assert.match(headerOf(sent, 'From') ?? '', /^North <hello@north\.example>$/)
})

test('what is wrong is said in clear words, without login and password', async () => {
  const smtp = await smtpServer()
  const wrong = async (settled: Promise<void>, text: RegExp) => {
    await settled
    const { body } = await run(t, activity, testMailOf('wrong', { status: 400, records: records(400) }))
    const [told] = body.errors.privateSettings.mailServer
    assert.match(told, text)
    assert.doesNotMatch(told, /wrong password/)
  }
  await wrong(settings(smtp.port, { password: 'the wrong password' }), /^localhost does not accept the login: 535 No … here$/)
  const { port, close } = await smtpServer()
  await close()
  await wrong(settings(port), /^Nothing listens at localhost:\d+\.$/)
  await wrong(settings(587, { host: '10.0.0.1' }), /network that is not public/)
  await wrong(settings(587, { host: 'no-such-host.invalid' }), /^The name no-such-host.invalid is not known to the DNS\.$/)
})

test('without any server a test mail is kept', async () => {
  await system`UPDATE branding SET mail_server = '{}', mail_password = NULL`
  const mails = [{ template: 'test', recipient: reseller.email, sent_at: null }]
  await run(t, activity, testMailOf('kept', { status: 200, says: { status: 'kept' }, mails, records: records(200) }))
})
