/** The log of who did what: every change writes its row in its own transaction, a refused one is recorded afterwards. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Scope, ScopedSql } from '../db/scope.ts'
import { changing, knownCaller } from './access.ts'

const secretKey = /password|secret|token|refresh|access|one_time|^(old|new|double|code)$/i
const LONGEST = 10_000
/** Where requests came from, noted at their start: a connection that is gone has no address any more. */
const addresses = new WeakMap<FastifyRequest, string>()

/**
 * Runs `change` in one transaction together with its row of the activity, whose status is the reply's: set it before.
 * @param affected the account that the change is done to, or how to tell it from what `change` answers
 */
export function change<T>(
  scope: Scope,
  request: FastifyRequest,
  reply: FastifyReply,
  affected: number | null | ((result: T) => number),
  change: (db: ScopedSql) => Promise<T>,
) {
  return scope.write(request.caller, async (db) => {
    const result = await change(db)
    await record(db, request, reply.statusCode, typeof affected === 'function' ? affected(result) : affected)
    return result
  })
}

/** Records the changes that were asked for and refused or failed; the answer does not wait for it. */
export function recordRefused(app: FastifyInstance, scope: Scope) {
  app.addHook('onRequest', async (request) => {
    addresses.set(request, request.ip)
  })
  app.addHook('onResponse', async (request, reply) => {
    const caller = knownCaller(request)
    const changes = changing.has(request.method) || request.routeOptions.config.changes
    if (!caller || reply.statusCode < 400 || !changes) return
    await scope
      .write(caller, (db) => record(db, request, reply.statusCode, null))
      .catch((error: Error) => request.log.error({ err: error }, 'a refused change could not be recorded'))
  })
}

async function record(db: ScopedSql, request: FastifyRequest, status: number, affected: number | null) {
  const { caller } = request
  const [path = '', query = ''] = request.url.split('?', 2)
  await db`INSERT INTO activity ${db({
    reseller_id: caller.resellerId,
    client_id: caller.clientId,
    affected_client_id: affected,
    user_id: caller.userId,
    actor_id: caller.actorId,
    user_email: caller.email,
    token_id: caller.credential.type === 'token' ? caller.credential.id : null,
    action: request.routeOptions.schema?.operationId ?? '',
    method: request.method,
    path: stored(path),
    query_params: stored(redactQuery(query)),
    data: stored(request.body === undefined || request.body === null ? '' : JSON.stringify(request.body, redact)),
    status_code: status,
    remote_ip: addresses.get(request) ?? null,
    host: stored(request.host ?? ''),
  })}`
}

/** Fit for a text column: a refused request may hold anything. */
const stored = (text: string) => text.toWellFormed().replaceAll('\0', '').slice(0, LONGEST)

function redact(this: unknown, key: string, value: unknown) {
  return secretKey.test(key) && typeof value === 'string' ? '***' : value
}

function redactQuery(query: string): string {
  const parameters = new URLSearchParams(query)
  for (const name of [...parameters.keys()]) if (secretKey.test(name)) parameters.set(name, '***')
  return parameters.toString()
}
