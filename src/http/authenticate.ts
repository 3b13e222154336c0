/** Credential → Caller: an API token or the access token of a session, resolved to what its user may do at this moment. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type JWTPayload, errors as jose } from 'jose'
import type { SystemSql } from '../db/scope.ts'
import type { Caller, CallerKind } from '../lib/caller.ts'
import { lesserRole, roleById } from '../lib/roles.ts'
import type { SigningKeys } from '../lib/signing-keys.ts'
import { errors } from './errors.ts'

/** Takes the Authorization header (scheme in any case). @throws 401 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>

interface CallerRow {
  user_id: number
  client_id: number
  reseller_id: number
  role_id: number
  email: string
  kind: CallerKind
  account_ids: number[]
}

export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest()

export function createAuthenticate(sql: SystemSql, keys: SigningKeys, onTokenUsed: (id: number) => void): Authenticate {
  return async (authorization) => {
    const [, scheme = '', credential = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? []
    switch (scheme.toLowerCase()) {
      case 'apikey':
        return byApiToken(credential)
      case 'bearer':
        return bySession(credential)
      default:
        throw errors.noCredential()
    }
  }

  /** `<id>_<secret>` and `<id>$<secret>` are the same credential. */
  async function byApiToken(credential: string): Promise<Caller> {
    const [, id = '', secret = ''] = /^(\d{1,15})[_$](.+)$/.exec(credential) ?? []
    if (id === '') throw errors.badApiToken('malformed')
    const [row] = await sql<(CallerRow & { secret_hash: Buffer; token_role_id: number })[]>`
      SELECT c.*, t.secret_hash, t.role_id AS token_role_id
      FROM api_tokens t JOIN callers c ON c.user_id = t.user_id AND c.client_id = t.client_id
      WHERE t.id = ${id} AND t.deleted_at IS NULL AND (t.exp_date IS NULL OR t.exp_date > now())`
    if (!row || !timingSafeEqual(row.secret_hash, hashSecret(secret))) throw errors.badApiToken(id)
    onTokenUsed(Number(id))
    return {
      ...callerFrom(row),
      role: lesserRole(roleById(row.role_id), roleById(row.token_role_id)),
      accountIds: row.kind === 'client' ? [row.client_id] : [],
      credential: { type: 'token', id: Number(id) },
      actorId: null,
    }
  }

  /** An access token lives as long as its session: `rjti` names the refresh token it came with, whose family the session is. */
  async function bySession(token: string): Promise<Caller> {
    let claims: JWTPayload
    try {
      claims = await keys.verify(token)
    } catch (error) {
      if (error instanceof jose.JOSEError) throw errors.badSession()
      throw error // the database did not answer: that is no fault of the token
    }
    if (claims.token_type !== 'access' || typeof claims.rjti !== 'string') throw errors.badSession()
    const [row] = await sql<(CallerRow & { session_id: string; actor_id: number | null })[]>`
      SELECT c.*, s.id AS session_id, s.actor_id
      FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
      JOIN callers c ON c.user_id = s.user_id AND c.client_id = s.client_id
      WHERE r.jti = ${claims.rjti} AND s.revoked_at IS NULL`
    if (!row) throw errors.badSession()
    return { ...callerFrom(row), role: roleById(row.role_id), credential: { type: 'session', id: row.session_id }, actorId: row.actor_id }
  }
}

const callerFrom = (row: CallerRow) => ({
  kind: row.kind,
  userId: row.user_id,
  email: row.email,
  resellerId: row.reseller_id,
  clientId: row.client_id,
  accountIds: row.kind === 'client' ? row.account_ids : [],
})
