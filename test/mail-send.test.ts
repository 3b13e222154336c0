/** From the outbox to a real mail server: over TLS that is checked, again where it may come right, never where it cannot, once however many send. */
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { beforeEach, test } from 'node:test'
import { pino } from 'pino'
import { hashSecret } from '../src/lib/secrets.ts'
import { type Mail, mailLink, queueMail } from '../src/mail/outbox.ts'
import { MOST_ATTEMPTS } from '../src/mail/send.queries.ts'
import { type MailDeps, sendDueMail, startMailWorker } from '../src/mail/send.ts'
import { mailNetwork, mailPasswordContext } from '../src/mail/servers.ts'
import { openWorld } from './harness.ts'
import { certificate, hangUp, headerOf, login, refusal, type SmtpOptions, smtpServer } from './smtp.ts'
import { until } from './until.ts'

const t = await openWorld()
const { system } = t.database
const [user] = t.world.users.filter((one) => one.reseller_id === 2 && one.user_type === 'common')
assert.ok(user)
const plainMail: Mail = {
  reseller_id: 2,
  client_id: user.client_id,
  user_id: user.id,
  recipient: 'anna@customer.example',
  lang: 'de',
  template: 'trial_began',
  details: { company: 'Berg', product: 'CDN', days: 14 },
}

const url = 'https://id.vendor.example'
const deps = (settings: { smtpUrl?: string; networks?: string[]; ca?: boolean } = {}): MailDeps => {
  const { smtpUrl, networks = ['127.0.0.0/8'], ca = true } = settings
  const network = mailNetwork({ smtpUrl, mailFrom: undefined, outgoingNetworks: networks }, url)
  const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
  const trusted = ca ? { ca: [certificate('localhost'), certificate('other')] } : {}
  return { system, cipher: t.cipher, log, addresses: { url, brandUrl: 'https://auth.{domain}' }, network: { ...network, ...trusted } }
}

const queue = (mail: Partial<Mail> = {}) => system.begin((db) => queueMail(db, { ...plainMail, ...mail }))
const rows = () => system`SELECT * FROM outbox ORDER BY id`
const row = async () => (await rows())[0] ?? {}
/** As if the pause, or the lease, were over. */
const makeDue = () => system`UPDATE outbox SET next_attempt_at = now() WHERE sent_at IS NULL AND failed_at IS NULL`

/** Branding of a reseller with this mail server. */
async function useServer(
  port: number,
  { reseller = 2, pass = login.pass, host = 'localhost', ...more } = {} as {
    reseller?: number
    pass?: string
    host?: string
    tls?: boolean
  },
) {
  const settings = { host, port: String(port), login: login.user, ...more }
  const encrypted = t.cipher.encrypt(Buffer.from(pass), mailPasswordContext(reseller))
  const shown = { brandName: 'Nörth', fromEmail: 'hello@north.example', supportEmail: 'help@north.example' }
  const of = {
    domain: `r${reseller}.example`,
    public_settings: system.json(shown),
    mail_server: system.json(settings),
    mail_password: encrypted,
    deleted_at: null,
  }
  await system`INSERT INTO branding ${system({ reseller_id: reseller, ...of })} ON CONFLICT (reseller_id) DO UPDATE SET ${system(of)}`
}

const withServer = async (options: SmtpOptions = {}, use: Parameters<typeof useServer>[1] = {}) => {
  const smtp = await smtpServer(options)
  await useServer(smtp.port, use)
  return smtp
}

beforeEach(async () => {
  await system`DELETE FROM outbox`
  await system`UPDATE branding SET mail_server = '{}', mail_password = NULL`
})

test('a reseller’s mail goes through its own server: STARTTLS, signed in, from its address, in its words', async () => {
  const smtp = await withServer()
  await queue()
  assert.equal(await sendDueMail(deps()), 1)
  const [mail] = smtp.mails
  assert.ok(mail?.secure, 'the mail came in the clear')
  assert.partialDeepStrictEqual(mail, { user: login.user, from: 'hello@north.example', to: ['anna@customer.example'] })
  assert.match(headerOf(mail, 'From') ?? '', /^=\?UTF-8\?.*<hello@north\.example>$/)
  assert.match(headerOf(mail, 'Reply-To') ?? '', /<help@north\.example>$/)
  assert.equal(headerOf(mail, 'Auto-Submitted'), 'auto-generated')
  assert.match(headerOf(mail, 'Content-Type') ?? '', /^multipart\/alternative/)
  assert.partialDeepStrictEqual(await row(), { attempts: 1, failed_at: null, last_error: null })
  assert.ok((await row()).sent_at)
  assert.equal(await sendDueMail(deps()), 0, 'what was sent is not due')
})

test('TLS from the first byte where the settings say so', async () => {
  const smtp = await withServer({ secure: true }, { tls: true })
  await queue()
  assert.equal(await sendDueMail(deps()), 1)
  assert.ok(smtp.mails[0]?.secure)
})

test('a link is in the mail, leads to the reseller’s domain, and is wiped once the mail was sent', async () => {
  const smtp = await withServer()
  await system.begin((db) => mailLink(db, t.cipher, { ...plainMail, template: 'password_reset', user_id: user.id }))
  assert.equal(await sendDueMail(deps()), 1)
  const text = smtp.mails[0]?.raw.replace(/=\r\n/g, '')
  const [, token = ''] = /https:\/\/auth\.r2\.example\/reeve\/links\/([\w-]+)/.exec(text ?? '') ?? []
  const [link] = await system`SELECT purpose FROM one_time_links WHERE hash = ${hashSecret(token)}`
  assert.equal(link?.purpose, 'password_reset')
  assert.equal((await row()).encrypted_link, null)
})

test('a mail whose link works no more is not sent', async () => {
  const smtp = await withServer()
  await system.begin((db) => mailLink(db, t.cipher, { ...plainMail, template: 'password_reset', user_id: user.id }))
  await system`UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = ${user.id}`
  await sendDueMail(deps())
  assert.equal(smtp.mails.length, 0)
  assert.partialDeepStrictEqual(await row(), { last_error: 'Its link works no more.', encrypted_link: null })
})

test('SMTP_URL serves who has no server, from the server’s own address and with answers to the reseller', async () => {
  const smtp = await smtpServer()
  await useServer(smtp.port)
  await system`UPDATE branding SET mail_server = '{}'`
  await queue()
  const smtpUrl = `smtp://mailer:${encodeURIComponent(login.pass)}@127.0.0.1:${smtp.port}`
  assert.equal(await sendDueMail(deps({ smtpUrl })), 1)
  const [mail] = smtp.mails
  assert.ok(mail)
  assert.equal(mail.from, 'noreply@id.vendor.example', 'a reseller must not send as anybody through our server')
  assert.match(headerOf(mail, 'Reply-To') ?? '', /help@north\.example/)
})

test('without any server mail is kept, untried', async () => {
  await queue()
  assert.equal(await sendDueMail(deps()), 0)
  assert.partialDeepStrictEqual(await row(), { attempts: 0, sent_at: null, failed_at: null })
})

const tls: [string, SmtpOptions, { ca?: boolean }, RegExp][] = [
  ['a certificate nobody trusts', {}, { ca: false }, /certificate of localhost is not trusted.*self.signed/],
  ['a certificate of another name', { certificate: 'other' }, {}, /certificate of localhost is not trusted.*(altnames|not in the cert)/],
  ['a server without TLS', { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }, {}, /TLS/],
]
for (const [name, options, settings, says] of tls)
  test(`${name} is refused before login and mail are told to it`, async () => {
    let signedIn = false
    const smtp = await withServer({
      ...options,
      onAuth: (_auth, _session, done) => {
        signedIn = true
        done(null, { user: 'x' })
      },
    })
    await queue()
    assert.equal(await sendDueMail(deps(settings)), 0)
    assert.ok(!signedIn && smtp.mails.length === 0)
    const { last_error, failed_at } = await row()
    assert.match(last_error, says)
    assert.equal(failed_at, null, 'it may come right')
  })

test('a wrong login postpones all the mail of the server, and no secret is kept of it', async () => {
  await withServer({}, { pass: 'another password' })
  await queue()
  await queue()
  assert.equal(await sendDueMail(deps()), 0)
  for (const { attempts, last_error, next_attempt_at } of await rows()) {
    assert.equal(attempts, 1)
    assert.match(last_error, /localhost does not accept the login: 535/)
    assert.doesNotMatch(last_error, /another password/)
    assert.ok(next_attempt_at > new Date())
  }
  assert.equal(await sendDueMail(deps()), 0, 'none is due')
})

test('4xx: again later, each time after twice as long; dead after the last attempt', async () => {
  let answer: number | undefined = 451
  const smtp = await withServer({
    accept: () => {
      if (answer) throw refusal(answer, 'Try again later')
    },
  })
  await queue()
  await queue({ recipient: 'other@customer.example' })
  const pauses: number[] = []
  for (let n = 1; n <= 4; n++) {
    await sendDueMail(deps())
    const [one] =
      await system`SELECT attempts, last_error, extract(epoch FROM next_attempt_at - now())::float8 AS pause FROM outbox ORDER BY id LIMIT 1`
    assert.partialDeepStrictEqual(one ?? {}, { attempts: n, last_error: 'localhost answers: 451 Try again later' })
    pauses.push(Math.round(one?.pause / 30))
    await makeDue()
  }
  assert.deepEqual(pauses, [1, 2, 4, 8], 'in units of 30 seconds')
  await system`UPDATE outbox SET attempts = ${MOST_ATTEMPTS - 1} WHERE recipient LIKE 'other%'`
  await sendDueMail(deps())
  assert.ok((await rows())[1]?.failed_at, 'the last attempt failed')
  answer = undefined
  await makeDue()
  assert.equal(await sendDueMail(deps()), 1, 'what is dead is not tried')
  assert.deepEqual(
    smtp.mails.map(({ to }) => to[0]),
    ['anna@customer.example'],
  )
})

for (const [how, poisoned] of [
  ['cuts the connection', () => Promise.reject(hangUp)],
  ['says nothing more', () => new Promise(() => {})],
] as const)
  test(`a mail at which the server ${how} holds up no other, in its round or later`, async () => {
    const { mails } = await withServer({ accept: ({ to }) => to[0]?.startsWith('poison') && poisoned() })
    const arrived = () => mails.map(({ to }) => to[0])
    const settings = { ...deps(), network: { ...deps().network, answer: 1000 } }
    await queue({ recipient: 'poison@customer.example' })
    for (let n = 0; n < 6; n++) await queue({ recipient: `innocent${n}@customer.example` })
    assert.equal(await sendDueMail(settings), 6)
    assert.deepEqual(
      arrived(),
      [0, 1, 2, 3, 4, 5].map((n) => `innocent${n}@customer.example`),
    )
    const [poison] = await system`SELECT recipient, attempts, next_attempt_at > now() AS later FROM outbox WHERE sent_at IS NULL`
    assert.deepEqual({ ...poison }, { recipient: 'poison@customer.example', attempts: 1, later: true })

    await queue({ recipient: 'late@customer.example' })
    await system`UPDATE outbox SET next_attempt_at = now() - interval '1 minute' WHERE recipient LIKE 'poison%'`
    assert.equal(await sendDueMail(settings), 1)
    assert.equal(arrived().at(-1), 'late@customer.example')
    const [order] = await system`SELECT o.sent_at < p.next_attempt_at - interval '59 seconds' AS first FROM outbox o, outbox p
      WHERE o.recipient LIKE 'late%' AND p.recipient LIKE 'poison%'`
    assert.ok(order?.first, 'what was not tried yet is tried before what failed')
  })

test('a server that takes nobody in any more postpones what waits for it', async () => {
  const smtp = await withServer()
  const closed = smtp.port
  await smtp.close()
  await useServer(closed)
  await queue()
  await queue()
  assert.equal(await sendDueMail(deps()), 0)
  assert.deepEqual(
    (await rows()).map(({ attempts }) => attempts),
    [1, 1],
  )
})

test('5xx to a mail: dead at once, its link wiped, and the others are sent', async () => {
  const smtp = await withServer({
    onRcptTo: ({ address }, _session, done) => (address.startsWith('gone') ? done(refusal(550, 'No such user')) : done()),
  })
  await system.begin((db) =>
    mailLink(db, t.cipher, { ...plainMail, template: 'password_reset', user_id: user.id, recipient: 'gone@customer.example' }),
  )
  await queue()
  assert.equal(await sendDueMail(deps()), 1)
  assert.partialDeepStrictEqual(await row(), { attempts: 1, encrypted_link: null, last_error: 'localhost answers: 550 No such user' })
  assert.ok((await row()).failed_at)
  assert.equal(smtp.mails.length, 1)
})

test('after a crash between send and mark a mail is sent again when its lease is over, under the same Message-ID', async () => {
  const smtp = await withServer()
  await queue()
  await sendDueMail(deps())
  await system`UPDATE outbox SET sent_at = NULL` // as a process leaves it that dies right then
  assert.equal(await sendDueMail(deps()), 0, 'the lease holds')
  const [lease] = await system`SELECT next_attempt_at - now() BETWEEN interval '5 minutes' AND interval '10 minutes' AS ok FROM outbox`
  assert.ok(lease?.ok)
  await makeDue()
  assert.equal(await sendDueMail(deps()), 1)
  const ids = smtp.mails.map((mail) => headerOf(mail, 'Message-ID'))
  assert.equal(ids.length, 2)
  assert.equal(ids[0], ids[1])
  assert.match(ids[0] ?? '', /^<[0-9a-f]{32}@north\.example>$/)
})

test('senders at once send each mail once', async () => {
  const smtp = await withServer()
  for (let n = 0; n < 30; n++) await queue({ recipient: `n${n}@customer.example` })
  const sent = await Promise.all([1, 2, 3, 4].map(() => sendDueMail(deps())))
  const unsent = await system`SELECT id, attempts, last_error FROM outbox WHERE sent_at IS NULL`
  assert.equal(
    sent.reduce((a, b) => a + b),
    30,
    `these were not sent: ${JSON.stringify(unsent.slice(0, 3))}`,
  )
  assert.deepEqual(smtp.mails.map(({ to }) => to[0]).sort(), Array.from({ length: 30 }, (_, n) => `n${n}@customer.example`).sort())
  assert.ok((await rows()).every(({ attempts }) => attempts === 1))
})

test('a reseller whose server says nothing holds up nobody else', async () => {
  const held: Socket[] = []
  const silent = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  await useServer((silent.address() as { port: number }).port, { reseller: 3 })
  const arrived = Promise.withResolvers<void>()
  await withServer({ accept: ({ to }) => to[0]?.startsWith('second') && arrived.resolve() })
  await queue({ reseller_id: 3, client_id: null, user_id: null })
  await queue()
  const sending = startMailWorker(deps(), { every: 20 })
  await until('a mail is sent', async () => (await system`SELECT FROM outbox WHERE sent_at IS NOT NULL`).length > 0)
  await queue({ recipient: 'second@customer.example' })
  await arrived.promise // while the other one is still waited for
  const [waiting] = await system`SELECT attempts, last_error FROM outbox WHERE reseller_id = 3`
  assert.deepEqual({ ...waiting }, { attempts: 1, last_error: null })
  silent.close()
  for (const socket of held) socket.destroy()
  await sending.close()
})

const refused: [string, string, RegExp][] = [
  ['127.0.0.1', '587', /not public/],
  ['localhost', '587', /not public/],
  ['169.254.169.254', '25', /not public/],
  ['10.1.2.3', '587', /not public/],
  ['::1', '587', /not public/],
  ['::ffff:127.0.0.1', '587', /not public/],
  ['fd00::1', '587', /not public/],
  ['64:ff9b::7f00:1', '587', /not public/],
  ['0', '587', /not public|not known/],
  ['0x7f000001', '587', /not public|not known/],
  ['8.8.8.8', '22', /Port 22 is none of mail/],
]
for (const [host, port, says] of refused)
  test(`no connection is made for a reseller to ${host}, port ${port}`, async () => {
    await useServer(Number(port), { host })
    await queue()
    await sendDueMail(deps({ networks: [] }))
    const { last_error, attempts } = await row()
    assert.match(last_error, says)
    assert.equal(attempts, 1)
  })

test('what waited too long is sent to nobody', async () => {
  const smtp = await withServer()
  await queue()
  await system`UPDATE outbox SET next_attempt_at = now() - interval '6 days'`
  await sendDueMail(deps())
  assert.equal(smtp.mails.length, 0)
  assert.match((await row()).last_error, /too long/)
})
