/** What a failed attempt to send means, for this mail or for all mail through the same server, and how to describe it to a person. */
import { codesOf, HostNotAllowed, isUntrusted, noConnection } from '../lib/outgoing.ts'
import type { MailServer } from './servers.ts'

/**
 * `never`: the server rejects this mail permanently. `later`: this mail, for now. `server`: nothing can be sent through it at present.
 * `unclear`: it timed out or hung up, as a content filter may over one mail, so check whether it still accepts others.
 */
export type Failure = { what: 'never' | 'later' | 'server' | 'unclear'; text: string }

/** An error of nodemailer or Node. */
interface SmtpError extends Error {
  code?: string
  originalCode?: string
  responseCode?: number
  response?: string
  command?: string
}

/** There was no connection or no login: the next mail would fail the same way. */
const aboutServer = ['ETLS', 'EAUTH', 'EDNS', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']
/** Replies to these commands are about a mail; all others are about the server, its certificate or the login. */
const aboutMail = ['MAIL FROM', 'RCPT TO', 'DATA']
/** Codes about the login that come even to `MAIL FROM` (RFC 4954): required, mechanism too weak, invalid, STARTTLS required first. */
const aboutLogin = [530, 534, 535, 538]

export function failureOf(error: SmtpError, server: MailServer): Failure {
  const { responseCode = 0, command = '' } = error
  const text = cleaned(sentence(error, server), server)
  if (responseCode === 421) return { what: 'unclear', text } // the server hangs up
  if (responseCode > 0) {
    if (!aboutMail.includes(command) || aboutLogin.includes(responseCode)) return { what: 'server', text }
    return { what: responseCode >= 500 ? 'never' : 'later', text }
  }
  if (['EENVELOPE', 'EMESSAGE'].includes(error.code ?? '')) return { what: 'never', text }
  const isServers = codesOf(error).some((code) => aboutServer.includes(code)) || isRefused(error) || isUntrusted(error)
  return { what: isServers ? 'server' : 'unclear', text }
}

const isRefused = (error: SmtpError) => error instanceof HostNotAllowed || error.cause instanceof HostNotAllowed

function sentence(error: SmtpError, { host, port, implicit, login }: MailServer): string {
  const { response, command = '', message } = error
  const at = `${host}:${port}`
  const codes = codesOf(error)
  const is = (...wanted: string[]) => wanted.some((one) => codes.includes(one))
  if (error instanceof HostNotAllowed) return message
  if (error.cause instanceof HostNotAllowed) return error.cause.message
  if (is('EENVELOPE', 'EMESSAGE') && !response) return message
  const unconnected = response && !isUntrusted(error) ? undefined : noConnection(error, host, port)
  if (unconnected !== undefined) return unconnected
  if (is('ETLS')) return `${host} does not offer TLS as it must: ${message}`
  if (response) return command.startsWith('AUTH') ? `${host} does not accept the login: ${response}` : `${host} answers: ${response}`
  if (/wrong version number|packet length/i.test(message))
    return `${at} does not speak TLS from the start: ${implicit ? 'perhaps it wants STARTTLS on port 587' : message}`
  if (is('EAUTH') && login?.pass === '') return `There is no password for the login at ${host}.`
  if (is('EAUTH')) return `${host} offers no way to sign in that is known here.`
  return `The connection to ${at} broke off: ${message}`
}

/** Removes the login and the password, in clear or Base64, from a text to be logged or shown: a server may echo them. */
function cleaned(text: string, { login }: MailServer): string {
  const forms = (secret: string) => [secret, Buffer.from(secret).toString('base64')]
  const secrets = login ? [...forms(login.pass), Buffer.from(`\0${login.user}\0${login.pass}`).toString('base64')] : []
  const hidden = secrets.filter((one) => one.length > 2).reduce((all, one) => all.replaceAll(one, '…'), text)
  return hidden
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
}
