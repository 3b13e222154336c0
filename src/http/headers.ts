/** The headers of every answer. What may be cached, framed or shown as a page says so itself; nobody has to remember what may not. */
import type { FastifyInstance } from 'fastify'

const YEAR = 31_536_000

/** @param url where people reach this server: under https browsers are told to come by nothing else (RFC 6797) */
export function setHeaders(app: FastifyInstance, url: string) {
  const headers = {
    'cache-control': 'no-store', // almost every answer holds personal data, and many a credential
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(url.startsWith('https:') && { 'strict-transport-security': `max-age=${YEAR}` }),
  }
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, ...headers })
  })
}
