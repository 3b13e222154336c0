/** The log of who did what: every change writes its row in its own transaction, a refused one is recorded afterwards. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Scope, ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import { changing, knownCaller } from './access.ts'
import { addressOf } from './origin.ts'
import { redactedBody, redactedPath, redactedQuery, storable } from './redaction.ts'

/** What is said of bodies that are no JSON: of those nothing else is kept. */
const notes = new WeakMap<FastifyRequest, string>()

/** Who asks too often would have each request written: of those the line in the server's log is enough. */
const TOO_MANY = 429

/** Characters that are kept of the body of a refused change, which anybody with a credential can send. */
const KEPT_OF_REFUSED = 1024

export const noteBody = (request: FastifyRequest, note: object) => notes.set(request, JSON.stringify(note))

/**
 * Runs `change` in one transaction together with its row of the activity, whose status is the reply's: set it before.
 * @param affected the account that the change is done to, or how to tell it from what `change` answers
 */
export function change<T>(
  scope: Scope,
  request: FastifyRequest,
  reply: FastifyReply,
  affected: number | null | ((result: T) => number | null),
  change: (db: ScopedSql) => Promise<T>,
) {
  return scope.write(request.caller, async (db) => {
    const result = await change(db)
    // Sent, and not waited for: COMMIT comes behind it on the connection, and undoes everything where this fails.
    await record(db, request, reply.statusCode, typeof affected === 'function' ? affected(result) : affected)
    return result
  })
}

/** As `affected`: what `change` answers is the account. */
export const answered = (account: number) => account

/**
 * Records the changes that were asked for and refused or failed; the answer does not wait for it. Of one credential `perMinute` are recorded in a
 * minute; of the others the last is, at the end of that minute, and says how many there were.
 */
export function recordRefused(app: FastifyInstance, scope: Scope, perMinute = Number.POSITIVE_INFINITY) {
  const counted = new Map<string, Counted>()

  const write = (request: FastifyRequest, status: number) =>
    scope
      .write(request.caller, async (db) => record(db, request, status, await accountInSight(db, request)))
      .catch((error: Error) => request.log.error({ err: error }, 'a refused change could not be recorded'))

  async function end(key: string) {
    const { timer, more, last } = counted.get(key) as Counted
    clearTimeout(timer)
    counted.delete(key)
    if (!last) return
    if (more > 1) noteBody(last.request, { refused: more })
    await write(last.request, last.status)
  }

  app.addHook('onResponse', async (request, reply) => {
    const caller = knownCaller(request)
    const changes = changing.has(request.method) || request.routeOptions.config.changes
    const status = reply.statusCode
    if (!caller || status < 400 || status === TOO_MANY || !changes) return
    if (perMinute === Number.POSITIVE_INFINITY) return write(request, status)
    const key = `${caller.credential.type} ${caller.credential.id}`
    const own = counted.get(key) ?? { count: 0, more: 0, last: undefined, timer: setTimeout(() => void end(key), MINUTE) }
    counted.set(key, own)
    if (++own.count <= perMinute) return write(request, status)
    own.more++
    own.last = { request, status }
  })
  app.addHook('onClose', async () => {
    await Promise.all([...counted.keys()].map(end))
  })
}

const MINUTE = 60_000

/** The refused changes of one credential within a minute. */
interface Counted {
  count: number
  /** Those that were not recorded. */
  more: number
  last: { request: FastifyRequest; status: number } | undefined
  timer: NodeJS.Timeout
}

/** The account that the path names, where the caller sees it: what was tried at another's is no business of that one's log. */
async function accountInSight(db: ScopedSql, { params }: FastifyRequest): Promise<number | null> {
  const { clientId } = (params ?? {}) as { clientId?: unknown }
  if (!/^\d{1,15}$/.test(String(clientId))) return null
  const [row] = await db<{ id: number }[]>`SELECT id FROM clients WHERE id = ${Number(clientId)}`
  return row?.id ?? null
}

/** Only the platform reaches beyond its own. An account that was made a moment ago may be out of a client user's sight still. */
async function resellerOf(db: ScopedSql, caller: Person, clientId: number): Promise<number> {
  if (caller.kind !== 'platform') return caller.resellerId
  const [row] = await db<{ reseller_id: number }[]>`SELECT reseller_id FROM clients WHERE id = ${clientId}`
  return row?.reseller_id ?? caller.resellerId
}

/** Of a caller what the activity says. */
type Person = Pick<Caller, 'kind' | 'userId' | 'email' | 'resellerId' | 'clientId' | 'actorId'> & Partial<Pick<Caller, 'credential'>>

const record = (db: ScopedSql, request: FastifyRequest, status: number, affected: number | null) =>
  recordAs(db, request, request.caller, status, affected)

/**
 * For requests of people who have proven by other means than a credential who they are, in the transaction of their change. The row is sent when
 * this resolves; that it could not be written, the commit tells.
 */
export async function recordAs(db: ScopedSql, request: FastifyRequest, caller: Person, status: number, affected: number | null) {
  const [, query = ''] = request.url.split(/\?(.*)/s, 2)
  const row = db`INSERT INTO activity ${db({
    reseller_id: caller.resellerId,
    client_id: caller.clientId,
    affected_client_id: affected,
    affected_reseller_id: affected === null ? null : await resellerOf(db, caller, affected),
    user_id: caller.userId,
    actor_id: caller.actorId,
    user_email: caller.email,
    token_id: caller.credential?.type === 'token' ? caller.credential.id : null,
    action: request.routeOptions.schema?.operationId ?? '',
    method: request.method,
    path: storable(redactedPath(request)),
    query_params: redactedQuery(query),
    data: notes.get(request) ?? redactedBody(request.headers['content-type'], request.body, status < 400 ? undefined : KEPT_OF_REFUSED),
    status_code: status,
    remote_ip: addressOf(request),
    host: storable(request.host ?? ''),
  })}`
  row.execute().catch(() => {}) // told by the commit
}
