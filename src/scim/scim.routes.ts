/** SCIM 2.0 under /scim/v2: what its routes share — bodies, errors in SCIM's shape, the record of requests. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { parse as parseJson } from 'secure-json-parse'
import type { SystemSql } from '../db/scope.ts'
import { knownCaller } from '../http/access.ts'
import { errors, toApiError } from '../http/errors.ts'
import { withoutQuery } from '../http/redaction.ts'
import type { App, Handles } from '../http/resource.ts'
import type { Clock } from '../lib/clock.ts'
import { bulk } from './bulk/bulk.routes.ts'
import { directoryOf } from './directory.ts'
import { discovery } from './discovery/discovery.routes.ts'
import { groups } from './groups/groups.routes.ts'
import { SCIM_JSON, scimError, sendScim } from './messages.ts'
import { createRecorder } from './recorder.ts'
import { users } from './users/users.routes.ts'

/** RFC 7644, 3.7.4, of a Bulk request; a group may have thousands of members, too. */
const BODY_LIMIT = 1024 * 1024

export async function scim(
  app: App,
  { scope, system, clock, base }: Handles & { system: SystemSql; clock: Clock /** The public address of this server. */; base: string },
): Promise<void> {
  const recorder = createRecorder(system, app.log)
  app.addHook('onClose', () => recorder.close())
  const details = new WeakMap<FastifyRequest, string>()
  await app.register(async (part) => {
    part.addContentTypeParser(SCIM_JSON, { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
      if (body === '') return done(null, undefined)
      try {
        done(null, parseJson(body as string, undefined, { protoAction: 'error', constructorAction: 'error' }))
      } catch (error) {
        done(errors.unparsable((error as Error).message))
      }
    })
    part.addHook('onRoute', (route) => {
      route.bodyLimit = BODY_LIMIT
    })
    part.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const answer = toApiError(error, request)
      if (answer.status >= 500) throw error // the one error handler logs it
      const { status, headers, body } = scimError(answer)
      details.set(request, String(body.detail))
      return sendScim(reply.code(status).headers(headers), body)
    })
    part.addHook('onResponse', async (request, reply) => {
      const credential = knownCaller(request)?.credential
      if (credential?.type !== 'scim') return
      recorder.note({
        directory: directoryOf(request),
        token_id: credential.tokenId,
        requested_at: clock.now(),
        method: request.method,
        path: withoutQuery(request.url),
        status: reply.statusCode,
        detail: details.get(request) ?? null,
      })
    })
    const resource = part as unknown as App
    discovery(resource, { base })
    users(resource, { scope, base })
    groups(resource, { scope, base })
    bulk(resource, { scope, base })
  })
}
