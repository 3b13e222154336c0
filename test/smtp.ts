/** A mail server on loopback that keeps what it is sent and answers as a test tells it. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** Self-signed, for `localhost` or for `other.example`; key and certificate. They secure nothing but tests. */
export const certificate = (name: 'localhost' | 'other') => readFileSync(new URL(`smtp/${name}.pem`, import.meta.url), 'utf8')

export const login = { user: 'mailer', pass: 'pässword of the mailer' }

export interface Received {
  from: string
  to: string[]
  /** As it came over the wire. */
  raw: string
  secure: boolean
  user: string | undefined
}

export interface SmtpOptions extends SMTPServerOptions {
  certificate?: 'localhost' | 'other'
  /** Called when a mail has arrived, before it is accepted: what it throws is the answer, and `hangUp` none at all. */
  accept?: (mail: Received) => unknown
}

/** In place of an answer: the connection is closed. */
export const hangUp = new Error('The connection is closed')

/** Refuses with this status. */
export const refusal = (responseCode: number, text = `Refused with ${responseCode}`) => Object.assign(new Error(text), { responseCode })

export async function smtpServer({ certificate: name = 'localhost', accept = () => {}, ...options }: SmtpOptions = {}) {
  const mails: Received[] = []
  const pem = certificate(name)
  const server = new SMTPServer({
    key: pem,
    cert: pem,
    authOptional: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === login.user && password === login.pass ? done(null, { user: login.user }) : done(refusal(535, `No ${password} here`)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk) => chunks.push(chunk))
      stream.on('end', async () => {
        const { mailFrom, rcptTo } = session.envelope
        const mail = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
          secure: session.secure,
          user: session.user === undefined ? undefined : String(session.user),
        }
        try {
          await accept(mail)
          mails.push(mail)
          done()
        } catch (error) {
          if (error !== hangUp) return done(error as Error)
          for (const connection of server.connections) if (connection.session === session) connection.close()
        }
      })
    },
    ...options,
  })
  server.on('error', () => {}) // clients that hang up are part of the tests
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  after(close)
  return { port: (server.server.address() as AddressInfo).port, mails, close }
}

/** The value of a header, unfolded. */
export const headerOf = ({ raw }: Received, name: string) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(raw.split('\r\n\r\n')[0] ?? '')?.[1]?.replace(/\r\n[ \t]+/g, ' ')
