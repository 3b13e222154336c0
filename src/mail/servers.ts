/** Mail servers: which one sends a reseller's mail, and how to connect to it. Only TLS with a verified certificate leaves this machine. */
import { type BlockList, connect, isIP, type Socket } from 'node:net'
import type { Config } from '../lib/config.ts'
import { normalEmail } from '../lib/email.ts'
import { contains, networks } from '../lib/networks.ts'
import { checkedLookup, HostNotAllowed, refuseUnlessReachable } from '../lib/outgoing.ts'

export interface MailServer {
  host: string
  port: number
  /** TLS from the first byte; otherwise STARTTLS, which the server must offer. */
  implicit: boolean
  login: { user: string; pass: string } | undefined
  /** Configured by a reseller, and so not trusted. */
  isResellers: boolean
}

/** The installation's settings for connections to mail servers. */
export interface MailNetwork {
  /** SMTP_URL. */
  shared: MailServer | undefined
  /** REEVE_MAIL_FROM, or an address at the host of the public URL. */
  from: string
  /** Networks that are not public but may contain resellers' mail servers. */
  allowed: BlockList
  /** Trusted CA certificates, which replace Node's own and NODE_EXTRA_CA_CERTS. */
  ca?: string[]
  /** Milliseconds to wait for a reply, instead of PATIENCE.answer. */
  answer?: number
}

export const mailNetwork = (
  { smtpUrl, mailFrom, outgoingNetworks }: Pick<Config, 'smtpUrl' | 'mailFrom' | 'outgoingNetworks'>,
  url: string,
) => ({
  shared: smtpUrl === undefined ? undefined : readSmtpUrl(smtpUrl),
  from: mailFrom ?? `noreply@${hostOf(url)}`,
  allowed: networks(outgoingNetworks),
})

const hostOf = (url: string) => {
  const { hostname } = new URL(url)
  return isIP(hostname.replace(/[[\]]/g, '')) ? 'localhost' : hostname
}

/** `smtp` means STARTTLS on port 587, `smtps` TLS from the start on port 465. */
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

/** As stored in branding settings. */
export interface MailServerSettings {
  host?: string
  port?: string
  login?: string
  tls?: boolean
}

/** Context that the password of a reseller's mail server is encrypted for. */
export const mailPasswordContext = (resellerId: number) => `mail password of reseller ${resellerId}`

/** `tls` means TLS from the start, except on ports where STARTTLS is the rule. Port 465 is always TLS from the start (RFC 8314). */
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

/** Timeouts in milliseconds: to connect, for TLS and the greeting, and for any later reply. */
const PATIENCE = { connect: 10_000, greeting: 10_000, answer: 30_000 }

/** Opens a transport that sends its mails over one connection. `close` it. The library is loaded with the first mail, not at startup. */
export async function openTransport(
  server: MailServer,
  { allowed, ca, answer = PATIENCE.answer }: Pick<MailNetwork, 'allowed' | 'ca' | 'answer'>,
) {
  const { host, port, implicit, login, isResellers } = server
  // A local server in SMTP_URL seldom has a certificate for that name, and its traffic crosses no network.
  const isLocal = !isResellers && /^(localhost|127(\.\d+){3}|::1)$/.test(host)
  const { default: nodemailer } = await import('nodemailer')
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: 1,
    maxRequeues: 0, // an interrupted mail may have arrived: the outbox decides whether to send it again
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
  // A mail is for one mailbox. However the library parsed its recipient, the mail goes nowhere else.
  transport.use('stream', ({ data, message }, done) => {
    const [meant] = (data.envelope as { to: { address: string }[] }).to
    const { to } = message.getEnvelope()
    const exact = to.length === 1 && meant !== undefined && normalEmail(to[0] as string) === normalEmail(meant.address)
    done(exact ? null : Object.assign(new Error('The envelope is not for the recipient alone.'), { code: 'EENVELOPE' }))
  })
  return transport
}

async function connectTo({ host, port, isResellers }: MailServer, allowed: BlockList): Promise<Socket> {
  const check = (address: string) => isResellers && refuseUnlessFit(address, port, allowed)
  if (isIP(host)) check(host)
  const socket = connect({ host, port, lookup: checkedLookup(check), autoSelectFamily: true })
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

/** Ports of mail submission and of relay between servers. */
const mailPorts = [25, 465, 587, 2465, 2525, 2587]

/**
 * A reseller could name a machine in our own network, or any service anywhere. So connections go only to mail ports at public addresses,
 * and to networks that the operator allows.
 * @throws HostNotAllowed
 */
function refuseUnlessFit(address: string, port: number, allowed: BlockList) {
  refuseUnlessReachable(address, allowed)
  if (!contains(allowed, address) && !mailPorts.includes(port))
    throw new HostNotAllowed(`Port ${port} is none of mail: ${mailPorts.join(', ')} are.`)
}
