/** What a failed attempt to send means: for this mail, or for all that would go through the same server; and how to say it to a person. */
import { HostRefused, type MailServer } from './servers.ts'

/** `never`: the server refuses this mail for good. `later`: this mail, for now. `server`: nothing can be sent through it at present. */
export type Failure = { what: 'never' | 'later' | 'server'; text: string }

/** As nodemailer and Node tell of errors. */
interface SmtpError extends Error {
  code?: string
  originalCode?: string
  responseCode?: number
  response?: string
  command?: string
}

/** Answers to these are about a mail; all others about the server, its certificate, or the login. */
const aboutMail = ['MAIL FROM', 'RCPT TO', 'DATA']
/** They come to `MAIL FROM` all the same: sign in first, the login is not valid, stronger ways to sign in (RFC 4954), STARTTLS first. */
const aboutLogin = [530, 534, 535, 538]

export function failureOf(error: SmtpError, server: MailServer): Failure {
  const { responseCode = 0, command = '' } = error
  const text = cleaned(sentence(error, server), server)
  if (!aboutMail.includes(command) || responseCode === 0 || responseCode === 421 || aboutLogin.includes(responseCode))
    return { what: responseCode === 0 && ['EENVELOPE', 'EMESSAGE'].includes(error.code ?? '') ? 'never' : 'server', text }
  return { what: responseCode >= 500 ? 'never' : 'later', text }
}

function sentence(error: SmtpError, { host, port, implicit, login }: MailServer): string {
  const { response, command = '', message } = error
  const at = `${host}:${port}`
  const codes = [error.originalCode, error.code, (error.cause as SmtpError | undefined)?.code]
  const is = (...wanted: string[]) => wanted.some((one) => codes.includes(one))
  if (error instanceof HostRefused) return message
  if (error.cause instanceof HostRefused) return error.cause.message
  if (/certificate|altnames|self.signed/i.test(message) || is('DEPTH_ZERO_SELF_SIGNED_CERT'))
    return `The certificate of ${host} is not trusted: ${message}`
  if (is('ETLS')) return `${host} does not offer TLS as it must: ${message}`
  if (response) return command.startsWith('AUTH') ? `${host} does not accept the login: ${response}` : `${host} answers: ${response}`
  if (is('ENOTFOUND', 'EAI_AGAIN', 'EDNS')) return `The name ${host} is not known to the DNS.`
  if (is('ECONNREFUSED')) return `Nothing listens at ${at}.`
  if (is('ETIMEDOUT', 'EABORT')) return `${at} does not answer in time.`
  if (/wrong version number|packet length/i.test(message))
    return `${at} does not speak TLS from the start: ${implicit ? 'perhaps it wants STARTTLS on port 587' : message}`
  if (is('EAUTH') && login?.pass === '') return `There is no password for the login at ${host}.`
  if (is('EAUTH')) return `${host} offers no way to sign in that is known here.`
  return `The connection to ${at} broke off: ${message}`
}

/** A server may repeat what it was told: no login or password is kept in a log or shown, in clear or in Base64. */
function cleaned(text: string, { login }: MailServer): string {
  const forms = (secret: string) => [secret, Buffer.from(secret).toString('base64')]
  const secrets = login ? [...forms(login.pass), Buffer.from(`\0${login.user}\0${login.pass}`).toString('base64')] : []
  const hidden = secrets.filter((one) => one.length > 2).reduce((all, one) => all.replaceAll(one, '…'), text)
  return hidden
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
}
