/** Credential → Caller: resolves an API token or the access token of a session to what its user may do now. */
import { hash, timingSafeEqual } from 'node:crypto'
import { type JWTPayload, errors as jose } from 'jose'
import { LRUCache } from 'lru-cache'
import type { SystemSql } from '../db/scope.ts'
import type { Query, Row } from '../db/sql.ts'
import type { Caller, CallerKind } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import { lookUpCounter } from '../lib/metrics.ts'
import { ADMINISTRATORS, lesserRole, type Role, roleById } from '../lib/roles.ts'
import { hashSecret } from '../lib/secrets.ts'
import { errors } from './errors.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface Authenticate {
  /** Takes the Authorization header (its scheme in any case). @throws 401 */
  (authorization: string | undefined): Promise<Caller>
  /** Takes the header of a directory, a bearer token of its own kind. @throws 401 */
  directory(authorization: string | undefined): Promise<Caller>
  /** Clears the cache after a change by this process, because cached callers may be stale. */
  forget(): void
}

/** Milliseconds that a caller is cached: a change by another process takes effect everywhere within this time. */
const CALLER_TTL_MS = 500

/** A caller, and when its credential expires: milliseconds since 1970, null for never. */
interface Resolved {
  caller: Caller
  ends: number | null
}

interface CallerRow {
  user_id: number
  client_id: number
  reseller_id: number
  role_id: number
  email: string
  kind: CallerKind
  account_ids: number[]
}

/**
 * Whether a provider is enforced in the reseller of a caller `c`. Few are, and looking into a small index saves the requests of all others a
 * function of its own: may_work.
 */
const enforces = (sql: SystemSql) =>
  sql`EXISTS (SELECT FROM identity_providers p WHERE p.reseller_id = c.reseller_id AND p.state = 'enforced' AND p.deleted_at IS NULL)`

/**
 * The accounts `c` belongs to in which its session `s` may work: what another account's provider says, or lacks, opens none of its data.
 * Any will do for most sessions, which are spared the question for each account.
 */
const workingIn = (sql: SystemSql, actor: Query<Row[]>) => sql`CASE WHEN s.provider_id IS NULL AND NOT ${enforces(sql)} THEN c.account_ids
  ELSE ARRAY(SELECT own.id FROM unnest(c.account_ids) AS own (id)
    WHERE may_work(c.user_id, own.id, s.provider_id, s.auth_type, ${actor}) ORDER BY 1) END`

export function createAuthenticate(
  sql: SystemSql,
  keys: SigningKeys,
  clock: Clock,
  onTokenUsed: (id: number) => void,
  ttlMs = CALLER_TTL_MS,
): Authenticate {
  // By a digest of the credential, so that the cache holds no secrets.
  const known = new LRUCache<string, Caller>({ max: 50_000 })
  const count = lookUpCounter('callers')
  let changes = 0

  async function authenticate(authorization: string | undefined) {
    if (authorization === undefined) throw errors.noCredential()
    const digest = hash('sha256', authorization, 'base64')
    const found = known.get(digest)
    count(found !== undefined)
    const caller = found ?? (await lookUp(() => resolve(authorization), digest))
    if (caller.credential.type === 'token') onTokenUsed(caller.credential.id)
    return caller
  }

  /** Kept apart from the callers of everything else, so that neither is ever taken for the other. */
  async function directory(authorization: string | undefined) {
    if (authorization === undefined) throw errors.badScimToken()
    const digest = `scim ${hash('sha256', authorization, 'base64')}`
    const found = known.get(digest)
    count(found !== undefined)
    return found ?? lookUp(() => byScimToken(authorization), digest)
  }

  async function lookUp(resolve: () => Promise<Resolved>, digest: string) {
    const before = changes
    const { caller, ends } = await resolve()
    const ttl = Math.min(ttlMs, (ends ?? Number.POSITIVE_INFINITY) - clock.now().getTime())
    if (changes === before && ttl >= 1) known.set(digest, caller, { ttl })
    return caller
  }

  function forget() {
    changes++
    known.clear()
  }

  return Object.assign(authenticate, { directory, forget })

  function resolve(authorization: string): Promise<Resolved> {
    const [, scheme = '', credential = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? []
    switch (scheme.toLowerCase()) {
      case 'apikey':
        return byApiToken(credential)
      case 'bearer':
        return bySession(credential)
      default:
        throw errors.noCredential()
    }
  }

  /** Accepts `<id>_<secret>` and `<id>$<secret>` as the same credential. */
  async function byApiToken(credential: string): Promise<Resolved> {
    const [, id = '', secret = ''] = /^(\d{1,15})[_$](.+)$/.exec(credential) ?? []
    if (id === '') throw errors.badApiToken('malformed')
    const [row] = await sql<(CallerRow & { secret_hash: Buffer; token_role_id: number; exp_date: Date | null })[]>`
      SELECT c.*, t.secret_hash, t.role_id AS token_role_id, t.exp_date
      FROM api_tokens t JOIN callers c ON c.user_id = t.user_id AND c.client_id = t.client_id
      WHERE t.id = ${id} AND c.rests_since IS NULL AND t.deleted_at IS NULL AND (t.exp_date IS NULL OR t.exp_date > reeve_now())
        AND (NOT ${enforces(sql)} OR token_may_work(t.user_id, t.client_id, t.provider_id))`
    if (!row || !timingSafeEqual(row.secret_hash, hashSecret(secret))) throw errors.badApiToken(id)
    const caller: Caller = {
      ...callerFrom(row, lesserRole(roleById(row.role_id), roleById(row.token_role_id)), [row.client_id]),
      credential: { type: 'token', id: Number(id) },
      actorId: null,
      readOnly: false,
      mustEnrol: false, // programs have no authenticator
    }
    return { caller, ends: row.exp_date?.getTime() ?? null }
  }

  /** `Bearer scim_<id>_<secret>`. Lives until it is deleted, whatever becomes of who created it: a directory is no person. */
  async function byScimToken(authorization: string): Promise<Resolved> {
    const [, id = '', secret = ''] = /^bearer +scim_(\d{1,15})_(\S+) *$/i.exec(authorization) ?? []
    if (id === '') throw errors.badScimToken()
    const [row] = await sql<
      {
        secret_hash: Buffer
        directory_id: number
        reseller_id: number
        client_id: number | null
        technical: number
        user_id: number
        email: string
      }[]
    >`
      SELECT t.secret_hash, t.directory_id, t.reseller_id, t.client_id, r.technical_client_id AS technical, u.id AS user_id, u.email
      FROM scim_tokens t JOIN resellers r ON r.id = t.reseller_id JOIN users u ON u.id = t.created_by LEFT JOIN clients c ON c.id = t.client_id
      WHERE t.id = ${id} AND t.deleted_at IS NULL AND r.deleted_at IS NULL AND (t.client_id IS NULL OR c.deleted_at IS NULL)`
    if (!row || !timingSafeEqual(row.secret_hash, hashSecret(secret))) throw errors.badScimToken()
    const ofAccount = row.client_id !== null
    const caller: Caller = {
      kind: ofAccount ? 'client' : 'reseller',
      userId: row.user_id,
      email: row.email,
      resellerId: row.reseller_id,
      clientId: row.client_id ?? row.technical,
      accountIds: row.client_id === null ? [] : [row.client_id],
      role: roleById(ADMINISTRATORS),
      credential: { type: 'scim', id: `scim ${id}`, tokenId: Number(id), directoryId: row.directory_id },
      actorId: null,
      readOnly: false,
      mustEnrol: false,
    }
    return { caller, ends: null }
  }

  /** An access token is valid as long as its session: `rjti` names the refresh token that it came with, which belongs to the session. */
  async function bySession(token: string): Promise<Resolved> {
    let claims: JWTPayload
    try {
      claims = await keys.verify(token)
    } catch (error) {
      if (error instanceof jose.JOSEError) throw errors.badSession()
      throw error // the database did not answer, which does not make the token invalid
    }
    if (claims.token_type !== 'access' || typeof claims.rjti !== 'string') throw errors.badSession()
    const [row] = await sql<(CallerRow & { session_id: string; actor_id: number | null; read_only: boolean; must_enrol: boolean })[]>`
      SELECT c.*, ${workingIn(sql, sql`s.actor_id`)} AS account_ids, s.id AS session_id, s.actor_id, s.read_only,
        c.lacks_two_step AND s.actor_id IS NULL AND s.auth_type IS DISTINCT FROM 'passkey' AND s.provider_id IS NULL AS must_enrol
      FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
      JOIN callers c ON c.user_id = s.user_id AND c.client_id = s.client_id
      WHERE r.jti = ${claims.rjti} AND s.revoked_at IS NULL AND (s.actor_id IS NULL OR may_act(s.actor_id, s.reseller_id, s.client_id))
        AND (NOT ${enforces(sql)} OR may_work(s.user_id, s.client_id, s.provider_id, s.auth_type, s.actor_id))`
    if (!row) throw errors.badSession()
    const caller: Caller = {
      ...callerFrom(row, roleById(row.role_id), row.account_ids),
      credential: { type: 'session', id: row.session_id },
      actorId: row.actor_id,
      readOnly: row.read_only,
      mustEnrol: row.must_enrol,
    }
    return { caller, ends: Number(claims.exp) * 1000 }
  }
}

/** Who asked for work that is done later, and by which credential. */
export interface Requester {
  userId: number
  clientId: number
  actorId: number | null
  credential: Caller['credential']
}

/**
 * Returns the caller with the rights that it has now, or undefined if it has none any more: its user, or whoever acted as the user, is
 * blocked, deactivated, deleted or no member of the account, its API token was deleted or rests, or it would have to come by an identity provider. The
 * end of a session is no reason: people sign out.
 */
export async function callerAgain(sql: SystemSql, { userId, clientId, actorId, credential }: Requester): Promise<Caller | undefined> {
  const [token, session] = credential.type === 'token' ? [credential.id, null] : [null, credential.id]
  const [row] = await sql<(CallerRow & { token_role_id: number | null })[]>`
    SELECT c.*, ${workingIn(sql, sql`${actorId}::bigint`)} AS account_ids, t.role_id AS token_role_id FROM callers c LEFT JOIN api_tokens t ON t.id = ${token} AND t.deleted_at IS NULL
      LEFT JOIN sessions s ON s.id = ${session}::uuid
    WHERE c.user_id = ${userId} AND c.client_id = ${clientId} AND (${token}::bigint IS NULL OR (t.id IS NOT NULL AND c.rests_since IS NULL))
      AND (${actorId}::bigint IS NULL OR may_act(${actorId}, c.reseller_id, c.client_id))
      AND CASE WHEN t.id IS NOT NULL THEN token_may_work(c.user_id, c.client_id, t.provider_id)
        ELSE may_work(c.user_id, c.client_id, s.provider_id, s.auth_type, ${actorId}) END`
  if (!row) return undefined
  const role = roleById(row.role_id)
  return {
    ...callerFrom(row, row.token_role_id === null ? role : lesserRole(role, roleById(row.token_role_id)), row.account_ids),
    credential,
    actorId,
    readOnly: false,
    mustEnrol: false,
  }
}

/** Staff are the Administrators of a technical account. A user with a lesser role is a mere user of that account. */
function callerFrom(row: CallerRow, role: Role, accountIds: readonly number[]) {
  const kind: CallerKind = role.id === ADMINISTRATORS ? row.kind : 'client'
  return {
    kind,
    userId: row.user_id,
    email: row.email,
    resellerId: row.reseller_id,
    clientId: row.client_id,
    accountIds: kind === 'client' ? accountIds : [],
    role,
  }
}
