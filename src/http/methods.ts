/** Methods that a path does not take: 405 with Allow, whatever the method. OPTIONS lists those it takes (RFC 9110, 9.3.7 and 15.5.6). */
import type { FastifyInstance } from 'fastify'
import createRouter from 'find-my-way'
import { errors } from './errors.ts'
import { withoutQuery } from './redaction.ts'

/**
 * Call before any route is declared. The answer comes before the credential is asked for and the body is read, so no type or content of a body
 * changes it.
 */
export function answerOtherMethods(app: FastifyInstance) {
  // Fastify's own router has a tree for each method. Here each path stands once: /iam/clients/me is never taken for an account called `me`.
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
