/** Rejects methods that a path does not support with 405 and Allow. OPTIONS lists the supported ones (RFC 9110, 9.3.7 and 15.5.6). */
import type { FastifyInstance } from 'fastify'
import createRouter from 'find-my-way'
import { errors } from './errors.ts'
import { withoutQuery } from './redaction.ts'

/**
 * Call before declaring any route. Runs before authentication and before the body is read, so that neither a body nor its type changes the
 * response.
 */
export function answerOtherMethods(app: FastifyInstance) {
  // Fastify's router has a tree for each method. Here each path is registered once, so that /iam/clients/me is never taken for an account
  // `me`.
  const paths = createRouter({ ignoreTrailingSlash: true })
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    if (!methodsOf.has(url)) paths.on('GET', url, () => {}, methods)
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(url, methods)
  })
  app.addHook('onRequest', async (request, reply) => {
    const methods = paths.find('GET', withoutQuery(request.url))?.store as Set<string> | undefined
    if (!methods) throw errors.notFound()
    if (methods.has(request.method)) return
    const allow = [...methods, 'OPTIONS'].join(', ')
    if (request.method !== 'OPTIONS') throw errors.methodNotAllowed(request.method, allow)
    return reply.code(204).header('allow', allow).send()
  })
}
