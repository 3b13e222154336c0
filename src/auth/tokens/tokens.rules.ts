/** Which tokens a caller may see, and what a new token may be. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { readInstant, Unreadable } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS, findRole, lesserRole, type Role } from '../../lib/roles.ts'
import { assertRecentProof } from '../sessions/sessions.proof.ts'
import { accountType, countLiveTokens, holdToken, isAhead, isLater, lockAccount, type TokensOf } from './tokens.queries.ts'
import type { TokenRequest } from './tokens.schema.ts'

const MOST_LIVE_TOKENS = 100

/**
 * The tokens of an account that the caller may see and delete: staff all of them, though a seller only its own in the technical
 * account; of the account's users Administrators all, the others their own.
 * @throws 404 for an account out of sight, 403 for an account of the caller that it does not work in at present
 */
export async function tokensInSight(db: ScopedSql, caller: Caller, clientId: number): Promise<TokensOf> {
  const type = await accountType(db, clientId)
  if (!type) throw errors.notFound()
  if (caller.kind === 'client' && clientId !== caller.clientId) throw errors.forbidden()
  const all = caller.kind === 'client' ? caller.role.id === ADMINISTRATORS : caller.kind !== 'seller' || type !== 'reseller'
  return { clientId, ofUser: all ? null : caller.userId }
}

/**
 * A new token's role, end and origin. One that a token asks for ends no later than that: by itself, and when that is deleted. The account's
 * row is locked before tokens are counted: of two requests at once for the last free place the second counts the first one's token.
 * @throws 403 in an account the caller does not work in, to whoever acts as somebody else, and for a token of an Administrator or without an end
 * that is asked for in a session without a recent proof; 400 for a role unknown or higher than the
 * caller's, an end that is past, later than the caller's own or no date, and the 101st live token
 */
export async function admitToken(db: ScopedSql, caller: Caller, clientId: number, wanted: Static<typeof TokenRequest>) {
  await tokensInSight(db, caller, clientId)
  // It would outlive the session and name nobody but the user.
  if (caller.actorId !== null) throw errors.forbidden('You cannot create API tokens while acting as somebody else.', 'acting_session')
  if (clientId !== caller.clientId)
    throw errors.forbidden('You can create API tokens only in the account you are working in.', 'wrong_account')
  const role = roleOf(wanted)
  if (lesserRole(role, caller.role) !== role) {
    throw errors.invalid({ client_user: { role: [`Can't create token with role ${role.name}`] } })
  }
  const origin = caller.credential.type === 'token' ? caller.credential.id : null
  const exp_date = await endWithin(db, await endOf(db, wanted), origin)
  if (exp_date === null || role.id === ADMINISTRATORS) await assertRecentProof(db, caller)
  await lockAccount(db, clientId)
  if ((await countLiveTokens(db, clientId)) >= MOST_LIVE_TOKENS) {
    throw errors.invalid(
      { errors: [`The account has ${MOST_LIVE_TOKENS} active API tokens, which is the maximum. Delete one first.`] },
      'token_limit',
    )
  }
  return { role, exp_date, origin_token: origin }
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
    if (error instanceof Unreadable) throw errors.invalid({ exp_date: [error.message] })
    throw error
  }
  throw errors.invalid({ exp_date: ['The date must be in the future.'] })
}

/** Of a token that a token asks for: "no end" means as long as that one lives. */
async function endWithin(db: ScopedSql, wanted: string | null, origin: number | null): Promise<string | null> {
  if (origin === null) return wanted
  const maker = await holdToken(db, origin)
  if (!maker) throw errors.badApiToken(String(origin))
  if (maker.exp_date === null || wanted === null) return wanted ?? maker.exp_date
  if (!(await isLater(db, wanted, maker.exp_date))) return wanted
  throw errors.invalid({ exp_date: [`A token created with another token cannot outlive it. That one expires at ${maker.exp_date}.`] })
}
