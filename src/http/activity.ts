/** The activity log: every change writes its entry in its own transaction, and rejected changes are recorded afterwards. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Scope, ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import { changing, knownCaller } from './access.ts'
import { addressOf } from './origin.ts'
import { redactedBody, redactedPath, redactedQuery, storable } from './redaction.ts'

/** Notes that stand for bodies other than JSON, which are not stored. */
const notes = new WeakMap<FastifyRequest, string>()

/** Rate-limited requests are not recorded, because each would cause a write: the line in the server's log is enough. */
const TOO_MANY = 429

/** Characters stored of the body of a rejected change, which anybody with a credential can send. */
const KEPT_OF_REFUSED = 1024

export const setLoggedBody = (request: FastifyRequest, note: object) => notes.set(request, JSON.stringify(note))

/** What a request was about: one account, none, or accounts of a reseller, which need not be the caller's. */
export type Affected = number | null | { client: null; reseller: number; entry?: number }

/**
 * Runs `change` in one transaction together with its activity entry, which takes the reply's status: set that before.
 * @param affected what changes, or a function that finds it in the result of `change`, with the number of the entry if it was reserved
 */
export function change<T>(
  scope: Scope,
  request: FastifyRequest,
  reply: FastifyReply,
  affected: Affected | ((result: T) => Affected),
  change: (db: ScopedSql) => Promise<T>,
) {
  return scope.write(request.caller, async (db) => {
    const result = await change(db)
    // Sent without waiting: COMMIT follows it on the connection, and rolls everything back if it fails.
    await record(db, request, reply.statusCode, typeof affected === 'function' ? affected(result) : affected)
    return result
  })
}

/** For `affected`: the result of `change` is the account's id. */
export const resultAsAffected = (account: number) => account

/**
 * Records rejected and failed changes, without delaying the response. Records up to `perMinute` per credential and minute. Of the rest it
 * records only the last one, at the end of that minute, with their number.
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
    if (more > 1) setLoggedBody(last.request, { refused: more })
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

/** The rejected changes of one credential within a minute. */
interface Counted {
  count: number
  /** How many were not recorded. */
  more: number
  last: { request: FastifyRequest; status: number } | undefined
  timer: NodeJS.Timeout
}

/** Returns the account in the path if the caller sees it. An attempt on somebody else's account does not belong in that account's log. */
async function accountInSight(db: ScopedSql, { params }: FastifyRequest): Promise<number | null> {
  const { clientId } = (params ?? {}) as { clientId?: unknown }
  if (!/^\d{1,15}$/.test(String(clientId))) return null
  const [row] = await db<{ id: number }[]>`SELECT id FROM clients WHERE id = ${Number(clientId)}`
  return row?.id ?? null
}

/** Only the platform works on other resellers' accounts. A client user may not see a newly created account yet. */
async function resellerOf(db: ScopedSql, caller: Person, clientId: number): Promise<number> {
  if (caller.kind !== 'platform') return caller.resellerId
  const [row] = await db<{ reseller_id: number }[]>`SELECT reseller_id FROM clients WHERE id = ${clientId}`
  return row?.reseller_id ?? caller.resellerId
}

/** The parts of a caller that the activity log records. */
type Person = Pick<Caller, 'kind' | 'userId' | 'email' | 'resellerId' | 'clientId' | 'actorId'> & Partial<Pick<Caller, 'credential'>>

async function whatIsAffected(db: ScopedSql, caller: Person, affected: Affected) {
  if (affected === null) return { affected_client_id: null, affected_reseller_id: null }
  if (typeof affected === 'number') return { affected_client_id: affected, affected_reseller_id: await resellerOf(db, caller, affected) }
  const { reseller, entry } = affected
  return { affected_client_id: null, affected_reseller_id: reseller, ...(entry !== undefined && { id: entry }) }
}

const record = (db: ScopedSql, request: FastifyRequest, status: number, affected: Affected) =>
  recordAs(db, request, request.caller, status, affected)

/**
 * Records a request in the transaction of its change. For users who were verified by other means than a credential. Resolves once the
 * INSERT is sent; if that fails, the commit fails.
 */
export async function recordAs(db: ScopedSql, request: FastifyRequest, caller: Person, status: number, affected: Affected) {
  const [, query = ''] = request.url.split(/\?(.*)/s, 2)
  const row = db`INSERT INTO activity ${db({
    reseller_id: caller.resellerId,
    client_id: caller.clientId,
    ...(await whatIsAffected(db, caller, affected)),
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
  row.execute().catch(() => {}) // the commit reports it
}
