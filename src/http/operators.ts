/** Restricts routes to the operators of the server: requests from this machine, or with REEVE_METRICS_TOKEN. */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isLoopback } from '../lib/networks.ts'
import { hashSecret } from '../lib/secrets.ts'
import { errors } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For operators only. The access guard lets them pass, because they have no account. */
    operatorsOnly?: true
  }
}

/** Headers that show that the peer forwards a request of somebody else. */
const forwarding = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'] as const

/**
 * @param token REEVE_METRICS_TOKEN: as Bearer, or as the password of Basic, which browsers ask for
 * @param behindUnknownProxy requests from the loopback are not trusted: the proxy that ends TLS connects from there, and its headers are
 * not known
 */
export function guardOperators(
  app: FastifyInstance,
  { token, behindUnknownProxy }: { token: string | undefined; behindUnknownProxy: boolean },
) {
  const expected = token === undefined ? undefined : hashSecret(token)
  const holdsToken = ({ headers: { authorization = '' } }: FastifyRequest) => {
    const given = credentialOf(authorization)
    return given !== undefined && expected !== undefined && timingSafeEqual(hashSecret(given), expected)
  }
  app.addHook('onRequest', async (request) => {
    if (!request.routeOptions.config.operatorsOnly || holdsToken(request) || (!behindUnknownProxy && isFromHere(request))) return
    throw expected
      ? errors.notOperator()
      : errors.forbidden('This is available only on the server itself. REEVE_METRICS_TOKEN opens it to others.', 'local_only')
  })
}

function credentialOf(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization) ?? []
  if (scheme === '') return undefined
  return scheme.toLowerCase() === 'bearer'
    ? value
    : Buffer.from(value, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
}

/**
 * Checks the host name too: another site may resolve its name to this machine (DNS rebinding), and a proxy may keep the name that it was
 * asked for.
 */
function isFromHere({ socket, headers }: FastifyRequest): boolean {
  return (
    isLoopback(socket.remoteAddress) &&
    isLoopback(headers.host?.replace(/^localhost\b/i, '127.0.0.1')) &&
    forwarding.every((name) => headers[name] === undefined)
  )
}
