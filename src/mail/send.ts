/** Sends what is in the outbox: each reseller's mail by itself, through its own mail server or that of the installation; without one it is kept. */
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { SystemSql } from '../db/scope.ts'
import { normalEmail } from '../lib/email.ts'
import type { Cipher } from '../lib/encryption.ts'
import { type Addresses, type Brand, brandOf } from './brand.ts'
import { linkContext, type Mail } from './outbox.ts'
import { failureOf } from './outcomes.ts'
import { hasLink, isTemplate, line, linkAddress, type Rendered, renderMail } from './render.ts'
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
  postponeOthers,
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

/** Resellers whose mail is sent at once by one process, one connection each: so much memory, and so many sockets. */
const RESELLERS_AT_ONCE = 16
/** Mails of one reseller before others get their turn. */
const TURN = 100
/** No attempt takes longer, in milliseconds; well below the lease of a claim. */
const PATIENCE = 120_000

/**
 * Sends what is due now to whom a server is there for, and answers how many mails went out. May run as often as one likes, in any number of
 * processes: a mail is claimed before it is sent.
 *
 * Nothing is sent twice, with one exception that SMTP itself makes: between a server's "accepted" and our mark, either side can die. Such a mail
 * is sent again after its lease, with the same Message-ID, by which receivers drop the copy.
 * @param busy resellers whose mail this process sends already; they are passed over
 */
export async function sendDueMail(deps: MailDeps, { busy = new Set<number>(), stop }: { busy?: Set<number>; stop?: AbortSignal } = {}) {
  const free = RESELLERS_AT_ONCE - busy.size
  if (free <= 0) return 0
  const due = await dueResellers(deps.system, deps.network.shared !== undefined, [...busy], free)
  const turns: Promise<number>[] = []
  for (const id of due) {
    // Another round may have looked at the same time.
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

/** Looks for due mail every so often until it is closed; a reseller whose server is slow is waited for by nobody. */
export function keepSending(deps: MailDeps, { every = 1000 } = {}) {
  const busy = new Set<number>()
  const rounds = new Set<Promise<unknown>>()
  const stop = new AbortController()
  const timer = setInterval(() => {
    if (rounds.size > RESELLERS_AT_ONCE) return // the database does not answer: no more questions
    const round = sendDueMail(deps, { busy, stop: stop.signal })
      .catch((error: Error) => deps.log.warn({ err: error }, 'the outbox could not be read'))
      .finally(() => rounds.delete(round))
    rounds.add(round)
  }, every)
  return {
    /** Lets what is being sent be sent, for a while: what is cut would perhaps be sent twice. */
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
      const became = await attempt(deps, mail, brand, server, transport)
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
  if (reason) return markDead(system, mail, reason)
  let message: ReturnType<typeof letter>
  try {
    message = letter(mail, brand, server, network, written(deps.cipher, mail, brand))
  } catch (error) {
    log.error({ err: error, mail: mail.id }, 'a mail could not be written')
    return markDead(system, mail, 'It could not be written.')
  }
  try {
    await transport.sendMail({ ...message, signal: AbortSignal.timeout(PATIENCE) })
  } catch (error) {
    const { what: seen, text } = failureOf(error as Error, server)
    const what = seen !== 'unclear' ? seen : (await stillAnswers(transport)) ? 'later' : 'server'
    const dead = what === 'never' || mail.attempts >= MOST_ATTEMPTS
    log.warn({ mail: mail.id, reseller: mail.reseller_id, attempts: mail.attempts, dead, reason: text }, 'a mail was not sent')
    await (dead ? markDead(system, mail, text) : postpone(system, mail, text))
    if (what === 'server') await postponeOthers(system, mail.reseller_id, text)
    return what
  }
  await markSent(system, mail)
  return 'sent'
}

/** Whether the server lets us in, for the next mail. */
const stillAnswers = (transport: Awaited<ReturnType<typeof openTransport>>): Promise<boolean> =>
  transport.verify().then(
    () => true,
    () => false,
  )

/** Why a mail is not worth sending any more. */
async function objection({ system, cipher }: MailDeps, mail: ClaimedMail): Promise<string | undefined> {
  if (mail.stale) return 'It waited too long to be of use.'
  if (mail.attempts > MOST_ATTEMPTS) return mail.last_error ?? 'It was tried too often.' // processes died with it
  if (!isTemplate(mail.template)) return `There is no template ${mail.template}.`
  if (normalEmail(mail.recipient) === undefined) return 'Its recipient is no email address.'
  if (!hasLink(mail.template)) return undefined
  const token = tokenOf(cipher, mail)
  if (token === undefined) return 'Its link cannot be opened.'
  return (await isOpen(system, token)) ? undefined : 'Its link works no more.'
}

function tokenOf(cipher: Cipher, { sealed_link, recipient }: OutboxMail): string | undefined {
  try {
    return sealed_link ? cipher.decrypt(sealed_link, linkContext(recipient)).toString() : undefined
  } catch {
    return undefined // encrypted under another REEVE_SECRET
  }
}

/** A mail as it is sent, its link opened. @throws for a template that this version does not know */
export function written(cipher: Cipher, mail: OutboxMail, brand: Brand): Rendered & { link: string | undefined } {
  const { template, lang, details } = mail
  if (!isTemplate(template)) throw new Error(`There is no template ${template}.`)
  const token = tokenOf(cipher, mail)
  const link = token === undefined ? undefined : linkAddress(brand, token)
  return { ...renderMail({ template, lang, details, brand, link }), link }
}

/**
 * The mail as nodemailer takes it. Through a reseller's own server it is from the reseller's address; through that of the installation from
 * ours, for that may not speak for anybody's domain, and answers go to the reseller.
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
    // Objects: of a text nodemailer would make as many recipients as it finds in it.
    envelope: { from: { name: '', address }, to: [{ name: '', address: recipient }] },
    from: { name: line(brand.name, 100), address },
    to: { name: '', address: recipient },
    ...(answers && answers !== address && { replyTo: { name: line(brand.name, 100), address: answers } }),
    subject,
    text,
    html,
    messageId: `<${name}@${address.split('@').at(-1)}>`, // the same however often it is tried
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** Sends a mail at once, past the outbox. Answers why it could not be sent, or undefined. */
export async function deliverNow(mail: Mail, brand: Brand, server: MailServer, network: MailNetwork): Promise<string | undefined> {
  const transport = await openTransport(server, network)
  try {
    const content = renderMail({ template: mail.template, lang: mail.lang as Lang, details: mail.details, brand })
    const now = new Date()
    const message = letter({ id: now.getTime(), created_at: now, recipient: mail.recipient }, brand, server, network, content)
    await transport.sendMail({ ...message, signal: AbortSignal.timeout(PATIENCE / 4) })
    return undefined
  } catch (error) {
    return failureOf(error as Error, server).text
  } finally {
    transport.close()
  }
}
