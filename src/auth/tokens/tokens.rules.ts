/** Which tokens a caller may see, and what a new token may be. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { ParameterError, readInstant } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS, findRole, lesserRole, type Role } from '../../lib/roles.ts'
import { assertRecentlyVerified } from '../sessions/sessions.verification.ts'
import { accountType, countLiveTokens, isAhead, isLater, lockAccount, providerOf, shareLockToken, type TokensOf } from './tokens.queries.ts'
import type { TokenRequest } from './tokens.schema.ts'

const MOST_LIVE_TOKENS = 100

/**
 * Returns which tokens of an account the caller may see and delete. Staff and Administrators of the account may all of them; other users,
 * and sellers in the technical account, only their own.
 * @throws 404 if the account is not visible to the caller; 403 if it is another account of the caller than the present one
 */
export async function tokensInSight(db: ScopedSql, caller: Caller, clientId: number): Promise<TokensOf> {
  const type = await accountType(db, clientId)
  if (!type) throw errors.notFound()
  if (caller.kind === 'client' && clientId !== caller.clientId) throw errors.forbidden()
  const all = caller.kind === 'client' ? caller.role.id === ADMINISTRATORS : caller.kind !== 'seller' || type !== 'reseller'
  return { clientId, ofUser: all ? null : caller.userId }
}

/**
 * Returns the role, expiry, origin and identity provider of a new token. A token created with a token expires no later, and is deleted with it. Locks the
 * account before tokens are counted, so that of two concurrent requests for the last permitted token the second counts the token of the
 * first.
 * @throws 403 outside the account the caller works in, if the caller acts as somebody else, and in a session without a recent
 * authentication if the token is an Administrator's or never expires; 400 if the role is unknown or higher than the caller's, if the expiry
 * is past, later than that of the caller's token or no date, and for the 101st live token
 */
export async function assertTokenAllowed(db: ScopedSql, caller: Caller, clientId: number, wanted: Static<typeof TokenRequest>) {
  await tokensInSight(db, caller, clientId)
  // The token would outlive the session and name only the user, not the actor.
  if (caller.actorId !== null) throw errors.forbidden('You cannot create API tokens while acting as somebody else.', 'acting_session')
  if (clientId !== caller.clientId)
    throw errors.forbidden('You can create API tokens only in the account you are working in.', 'wrong_account')
  const role = roleOf(wanted)
  if (lesserRole(role, caller.role) !== role) {
    throw errors.invalid({ client_user: { role: [`Can't create token with role ${role.name}`] } })
  }
  const origin = caller.credential.type === 'token' ? caller.credential.id : null
  const exp_date = await endWithin(db, await endOf(db, wanted), origin)
  if (exp_date === null || role.id === ADMINISTRATORS) await assertRecentlyVerified(db, caller)
  await lockAccount(db, clientId)
  if ((await countLiveTokens(db, clientId)) >= MOST_LIVE_TOKENS) {
    throw errors.invalid(
      { errors: [`The account has ${MOST_LIVE_TOKENS} active API tokens, which is the maximum. Delete one first.`] },
      'token_limit',
    )
  }
  return { role, exp_date, origin_token: origin, provider_id: await providerOf(db, caller.credential) }
}

function roleOf({ client_user: { role: wanted = {} } }: Static<typeof TokenRequest>): Role {
  const role = findRole(wanted)
  if (!role) throw errors.invalid({ client_user: { role: [`Invalid role: ${wanted.name ?? wanted.id ?? ''}`] } })
  return role
}

async function endOf(db: ScopedSql, { exp_date }: Static<typeof TokenRequest>): Promise<string | null> {
  if (exp_date === null) return null
  try {
    const end = readInstant(exp_date)
    if (await isAhead(db, end)) return end
  } catch (error) {
    if (error instanceof ParameterError) throw errors.invalid({ exp_date: [error.message] })
    throw error
  }
  throw errors.invalid({ exp_date: ['The date must be in the future.'] })
}

/** Limits a token that a token creates: "no end" means until the creating token expires. */
async function endWithin(db: ScopedSql, wanted: string | null, origin: number | null): Promise<string | null> {
  if (origin === null) return wanted
  const maker = await shareLockToken(db, origin)
  if (!maker) throw errors.badApiToken(String(origin))
  if (maker.exp_date === null || wanted === null) return wanted ?? maker.exp_date
  if (!(await isLater(db, wanted, maker.exp_date))) return wanted
  throw errors.invalid({ exp_date: [`A token created with another token cannot outlive it. That one expires at ${maker.exp_date}.`] })
}
