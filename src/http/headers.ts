/**
 * Default headers of every response. A route that may be cached, framed or shown as a page overrides them; the strict values need no
 * declaration. Not @fastify/helmet: it is made for pages, and its content policy and a dozen other headers would have to be undone for JSON.
 */
import type { FastifyInstance } from 'fastify'

const YEAR = 31_536_000

/** @param url the public address of this server: if it is https, browsers are told to use nothing else (RFC 6797) */
export function setHeaders(app: FastifyInstance, url: string) {
  const headers = {
    'cache-control': 'no-store', // almost every response holds personal data, and many a credential
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(url.startsWith('https:') && { 'strict-transport-security': `max-age=${YEAR}` }),
  }
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, ...headers })
  })
}
