/** Mail servers: which one sends a reseller's mail, and how a connection to it is made. Nothing but TLS with a checked certificate leaves this machine. */
import { lookup } from 'node:dns'
import { type BlockList, connect, isIP, type LookupFunction, type Socket } from 'node:net'
import type { Config } from '../lib/config.ts'
import { normalEmail } from '../lib/email.ts'
import { networks } from '../lib/networks.ts'

export interface MailServer {
  host: string
  port: number
  /** TLS from the first byte; else STARTTLS, which the server must offer. */
  implicit: boolean
  login: { user: string; pass: string } | undefined
  /** Named by a reseller, and so perhaps by nobody who means well. */
  isResellers: boolean
}

/** A reseller's settings name a server that is not connected to. */
export class HostRefused extends Error {}

/** What goes out to mail servers needs to know of the installation. */
export interface MailNetwork {
  /** SMTP_URL. */
  shared: MailServer | undefined
  /** REEVE_MAIL_FROM, or an address at the host that people reach. */
  from: string
  /** Networks that are not public in which mail servers of resellers may be. */
  allowed: BlockList
  /** Certificates that are trusted beside those Node knows (NODE_EXTRA_CA_CERTS adds to these). */
  ca?: string[]
  /** Milliseconds that a server may take for an answer, where it is not PATIENCE. */
  answer?: number
}

export const mailNetwork = ({ smtpUrl, mailFrom, smtpNetworks }: Pick<Config, 'smtpUrl' | 'mailFrom' | 'smtpNetworks'>, url: string) => ({
  shared: smtpUrl === undefined ? undefined : readSmtpUrl(smtpUrl),
  from: mailFrom ?? `noreply@${hostOf(url)}`,
  allowed: networks(smtpNetworks),
})

const hostOf = (url: string) => {
  const { hostname } = new URL(url)
  return isIP(hostname.replace(/[[\]]/g, '')) ? 'localhost' : hostname
}

/** `smtp` is STARTTLS on 587, `smtps` TLS from the start on 465. */
export function readSmtpUrl(text: string): MailServer {
  const { protocol, hostname, port, username, password } = new URL(text)
  const implicit = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (implicit ? 465 : 587) : Number(port),
    implicit,
    login: username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    isResellers: false,
  }
}

/** As branding settings keep it. */
export interface MailServerSettings {
  host?: string
  port?: string
  login?: string
  tls?: boolean
}

/** What the password of a reseller's mail server is encrypted for. */
export const mailPasswordContext = (resellerId: number) => `mail password of reseller ${resellerId}`

/** `tls` is TLS from the start, unless the port is one where STARTTLS is the rule; 465 is TLS from the start in any case (RFC 8314). */
export function ofReseller({ host = '', port, login, tls = false }: MailServerSettings, password: string | undefined): MailServer {
  const number = Number(port ?? (tls ? 465 : 587))
  return {
    host,
    port: number,
    implicit: number === 465 || (tls && number !== 25 && number !== 587),
    login: login === undefined ? undefined : { user: login, pass: password ?? '' },
    isResellers: true,
  }
}

/** Milliseconds: to connect, for TLS and greeting, and for any answer after that. */
const PATIENCE = { connect: 10_000, greeting: 10_000, answer: 30_000 }

/** Keeps one connection for the mails sent by it. `close` it. The library is read with the first mail and not at the start. */
export async function openTransport(
  server: MailServer,
  { allowed, ca, answer = PATIENCE.answer }: Pick<MailNetwork, 'allowed' | 'ca' | 'answer'>,
) {
  const { host, port, implicit, login, isResellers } = server
  // SMTP_URL names this very machine, whose mail server seldom has a certificate of that name: nothing of it goes over a network.
  const isLocal = !isResellers && /^(localhost|127(\.\d+){3}|::1)$/.test(host)
  const { default: nodemailer } = await import('nodemailer')
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: 1,
    maxRequeues: 0, // what was cut may have arrived: the outbox decides whether it is sent again
    host,
    port,
    secure: implicit,
    requireTLS: !isLocal,
    tls: { ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2', rejectUnauthorized: !isLocal, ...(ca && { ca }) },
    ...(login && { auth: login }),
    greetingTimeout: PATIENCE.greeting,
    socketTimeout: answer,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options: unknown, done: (error: Error | null, socket?: { connection: Socket }) => void) => {
      connectTo(server, allowed).then(
        (connection) => done(null, { connection }),
        (error: Error) => done(error),
      )
    },
  })
  // A mail is for one mailbox. Whatever became of its recipient on the way through the library, it goes nowhere else.
  transport.use('stream', ({ data, message }, done) => {
    const [meant] = (data.envelope as { to: { address: string }[] }).to
    const { to } = message.getEnvelope()
    const exact = to.length === 1 && meant !== undefined && normalEmail(to[0] as string) === normalEmail(meant.address)
    done(exact ? null : Object.assign(new Error('The envelope is not for the recipient alone.'), { code: 'EENVELOPE' }))
  })
  return transport
}

async function connectTo({ host, port, isResellers }: MailServer, allowed: BlockList): Promise<Socket> {
  if (isResellers && isIP(host)) refuseUnlessFit(host, port, allowed)
  const checked: LookupFunction = (name, options, done) =>
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      try {
        // All of them, and the very ones that are connected to: a name cannot answer otherwise the next time it is asked for.
        if (isResellers) for (const { address } of found) refuseUnlessFit(address, port, allowed)
      } catch (refusal) {
        return done(refusal as Error, '')
      }
      const [first = { address: '', family: 4 }] = found
      if (options.all) done(null, found)
      else done(null, first.address, first.family)
    })
  const socket = connect({ host, port, lookup: checked, autoSelectFamily: true })
  const connected = Promise.withResolvers<void>()
  const timer = setTimeout(() => connected.reject(Object.assign(new Error('Connection timeout'), { code: 'ETIMEDOUT' })), PATIENCE.connect)
  socket.once('connect', connected.resolve).once('error', connected.reject)
  try {
    await connected.promise
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
    socket.off('error', connected.reject)
  }
}

/** Where mail is taken from whoever has a login, and between servers. */
const mailPorts = [25, 465, 587, 2465, 2525, 2587]

/** Everything of IPv4 that is not the public Internet (IANA's registry of special addresses). */
const special = networks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16'],
])
/** Of IPv6 only this is the public Internet, without what `special` has of it. */
const global6 = networks(['2000::/3'])

/**
 * A reseller could name a machine in our own network, or any service on any: so only public addresses at ports of mail are connected to, and
 * what the operator allows.
 * @throws HostRefused
 */
function refuseUnlessFit(address: string, port: number, allowed: BlockList) {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  if (allowed.check(address, family)) return
  const isPublic = !special.check(address, family) && (family === 'ipv4' || global6.check(address, family))
  if (!isPublic) throw new HostRefused('The host is in a network that is not public; the operator can allow it (REEVE_SMTP_NETWORKS).')
  if (!mailPorts.includes(port)) throw new HostRefused(`Port ${port} is none of mail: ${mailPorts.join(', ')} are.`)
}
