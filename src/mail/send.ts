/** Sends the outbox: each reseller's mail separately, through its own mail server or the installation's. Without a server it is kept. */
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { SystemSql } from '../db/scope.ts'
import { normalEmail } from '../lib/email.ts'
import type { Cipher } from '../lib/encryption.ts'
import { inSpan } from '../lib/tracing.ts'
import { type Addresses, brandOf } from './brand.ts'
import { countMail } from './metrics.ts'
import { linkContext, type Mail } from './outbox.ts'
import { failureOf } from './outcomes.ts'
import { type Brand, hasLink, isTemplate, line, linkAddress, type Rendered, renderMail } from './render.ts'
import {
  type ClaimedMail,
  claim,
  dueResellers,
  isOpen,
  MOST_ATTEMPTS,
  markDead,
  markSent,
  type OutboxMail,
  ownServer,
  postpone,
  postponeMails,
} from './send.queries.ts'
import { type MailNetwork, type MailServer, openTransport } from './servers.ts'
import type { Lang } from './texts/languages.ts'

export interface MailDeps {
  system: SystemSql
  cipher: Cipher
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  addresses: Addresses
  network: MailNetwork
}

/** Resellers that one process sends for at once, with one connection each. Limits memory and sockets. */
const RESELLERS_AT_ONCE = 16
/** Mails sent for one reseller before others get their turn. */
const TURN = 100
/** Timeout of an attempt in milliseconds, well below the lease of a claim. */
const PATIENCE = 120_000

/**
 * Sends due mail of resellers that have a server, and returns how many mails were sent. May run at any time, in any number of processes: a
 * mail is claimed before it is sent.
 *
 * No mail is sent twice, with one exception inherent in SMTP: either side can crash between the server's acceptance and our mark. Such a
 * mail is sent again after its lease, with the same Message-ID, so that receivers can drop the copy.
 * @param busy resellers that this process already sends for; they are skipped
 */
export async function sendDueMail(deps: MailDeps, { busy = new Set<number>(), stop }: { busy?: Set<number>; stop?: AbortSignal } = {}) {
  const free = RESELLERS_AT_ONCE - busy.size
  if (free <= 0) return 0
  const due = await dueResellers(deps.system, deps.network.shared !== undefined, [...busy], free)
  const turns: Promise<number>[] = []
  for (const id of due) {
    // A concurrent round may have changed `busy`.
    if (busy.has(id) || busy.size >= RESELLERS_AT_ONCE) continue
    busy.add(id)
    const turn = turnOf(deps, id, stop).catch((error: Error) => {
      deps.log.error({ err: error, reseller: id }, 'mail could not be sent')
      return 0
    })
    turns.push(turn.finally(() => busy.delete(id)))
  }
  return (await Promise.all(turns)).reduce((all, one) => all + one, 0)
}

/** Sends due mail periodically until it is closed. A reseller's slow server delays no other reseller. */
export function startMailWorker(deps: MailDeps, { every = 1000 } = {}) {
  const busy = new Set<number>()
  const rounds = new Set<Promise<unknown>>()
  const stop = new AbortController()
  const timer = setInterval(() => {
    if (rounds.size > RESELLERS_AT_ONCE) return // the database does not respond: start no more rounds
    const round = sendDueMail(deps, { busy, stop: stop.signal })
      .catch((error: Error) => deps.log.warn({ err: error }, 'the outbox could not be read'))
      .finally(() => rounds.delete(round))
    rounds.add(round)
  }, every)
  return {
    /** Waits a limited time for mails that are being sent: one that is interrupted might be sent twice. */
    async close() {
      clearInterval(timer)
      stop.abort()
      const long = Promise.withResolvers<void>()
      const cut = setTimeout(long.resolve, 15_000)
      await Promise.race([Promise.all(rounds), long.promise])
      clearTimeout(cut)
    },
  }
}

async function turnOf(deps: MailDeps, resellerId: number, stop: AbortSignal | undefined): Promise<number> {
  const { system, cipher, network, addresses } = deps
  const server = (await ownServer(system, cipher, resellerId)) ?? network.shared
  if (!server) return 0
  const brand = await brandOf(system, resellerId, addresses)
  const transport = await openTransport(server, network)
  let sent = 0
  try {
    for (let n = 0; n < TURN && !stop?.aborted; n++) {
      const mail = await claim(system, resellerId)
      if (!mail) break
      const { template, details } = mail
      const parent = (details as { traceparent?: string }).traceparent
      const became = await inSpan(`mail ${template}`, { kind: 'consumer', parent }, () => attempt(deps, mail, brand, server, transport))
      if (became === 'sent') sent++
      if (became === 'server') break
    }
  } finally {
    transport.close()
  }
  return sent
}

async function attempt(
  deps: MailDeps,
  mail: ClaimedMail,
  brand: Brand,
  server: MailServer,
  transport: Awaited<ReturnType<typeof openTransport>>,
) {
  const { system, log, network } = deps
  const reason = await objection(deps, mail)
  if (reason) {
    countMail('obsolete')
    return markDead(system, mail, reason)
  }
  let message: ReturnType<typeof letter>
  try {
    message = letter(mail, brand, server, network, written(deps.cipher, mail, brand))
  } catch (error) {
    log.error({ err: error, mail: mail.id }, 'a mail could not be written')
    countMail('dead')
    return markDead(system, mail, 'It could not be written.')
  }
  try {
    await inSpan('SMTP', { kind: 'client' }, () => transport.sendMail({ ...message, signal: AbortSignal.timeout(PATIENCE) }))
  } catch (error) {
    const { what: seen, text } = failureOf(error as Error, server)
    const what = seen !== 'unclear' ? seen : (await stillAnswers(transport)) ? 'later' : 'server'
    const dead = what === 'never' || mail.attempts >= MOST_ATTEMPTS
    log.warn({ mail: mail.id, reseller: mail.reseller_id, attempts: mail.attempts, dead, reason: text }, 'a mail was not sent')
    countMail(dead ? 'dead' : 'postponed')
    await (dead ? markDead(system, mail, text) : postpone(system, mail, text))
    if (what === 'server') await postponeMails(system, mail.reseller_id, text)
    return what
  }
  countMail('sent')
  await markSent(system, mail)
  return 'sent'
}

/** Returns whether the server still accepts the login, for the next mail. */
const stillAnswers = (transport: Awaited<ReturnType<typeof openTransport>>): Promise<boolean> =>
  transport.verify().then(
    () => true,
    () => false,
  )

/** Returns why a mail should not be sent any more, or undefined. */
async function objection({ system, cipher }: MailDeps, mail: ClaimedMail): Promise<string | undefined> {
  if (mail.stale) return 'It waited too long to be of use.'
  if (mail.attempts > MOST_ATTEMPTS) return mail.last_error ?? 'It was tried too often.' // processes crashed while sending it
  if (!isTemplate(mail.template)) return `There is no template ${mail.template}.`
  if (normalEmail(mail.recipient) === undefined) return 'Its recipient is no email address.'
  if (!hasLink(mail.template)) return undefined
  const token = tokenOf(cipher, mail)
  if (token === undefined) return 'Its link cannot be opened.'
  return (await isOpen(system, token)) ? undefined : 'Its link works no more.'
}

function tokenOf(cipher: Cipher, { encrypted_link, recipient }: OutboxMail): string | undefined {
  try {
    return encrypted_link ? cipher.decrypt(encrypted_link, linkContext(recipient)).toString() : undefined
  } catch {
    return undefined // encrypted under another REEVE_SECRET
  }
}

/** Renders a mail as it is sent, with its link decrypted. @throws if this version does not know the template */
export function written(cipher: Cipher, mail: OutboxMail, brand: Brand): Rendered & { link: string | undefined } {
  const { template, lang, details } = mail
  if (!isTemplate(template)) throw new Error(`There is no template ${template}.`)
  const token = tokenOf(cipher, mail)
  const link = token === undefined ? undefined : linkAddress(brand, token)
  return { ...renderMail({ template, lang, details, brand, link }), link }
}

/**
 * Returns the mail in nodemailer's form. Through a reseller's own server it is from the reseller's address. Through the installation's
 * server it is from ours, because that server may not send for other domains, and replies go to the reseller.
 */
export function letter(
  { id, created_at, recipient }: Pick<OutboxMail, 'id' | 'created_at' | 'recipient'>,
  brand: Brand,
  server: MailServer,
  { from }: MailNetwork,
  { subject, text, html }: Rendered,
) {
  const own = brand.fromEmail ?? (server.login?.user.includes('@') ? server.login.user : undefined)
  const address = server.isResellers ? (own ?? from) : from
  const answers = brand.support.email ?? brand.fromEmail
  const name = createHash('sha256').update(`${id} ${created_at.getTime()}`).digest('hex').slice(0, 32)
  return {
    // Objects: in a string nodemailer would find as many recipients as it can parse.
    envelope: { from: { name: '', address }, to: [{ name: '', address: recipient }] },
    from: { name: line(brand.name, 100), address },
    to: { name: '', address: recipient },
    ...(answers && answers !== address && { replyTo: { name: line(brand.name, 100), address: answers } }),
    subject,
    text,
    html,
    messageId: `<${name}@${address.split('@').at(-1)}>`, // the same for every attempt
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** Sends a mail at once, without the outbox. Returns why it failed, or undefined. */
export async function deliverNow(mail: Mail, brand: Brand, server: MailServer, network: MailNetwork): Promise<string | undefined> {
  const transport = await openTransport(server, network)
  try {
    const content = renderMail({ template: mail.template, lang: mail.lang as Lang, details: mail.details, brand })
    const now = new Date()
    const message = letter({ id: now.getTime(), created_at: now, recipient: mail.recipient }, brand, server, network, content)
    await inSpan('SMTP', { kind: 'client' }, () => transport.sendMail({ ...message, signal: AbortSignal.timeout(PATIENCE / 4) }))
    return undefined
  } catch (error) {
    return failureOf(error as Error, server).text
  } finally {
    transport.close()
  }
}
