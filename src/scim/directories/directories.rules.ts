/** Managing a directory: its tokens, and which groups give which roles. */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { assertRecentlyVerified } from '../../auth/sessions/sessions.verification.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors } from '../../http/errors.ts'
import { hashSecret, newSecret } from '../../lib/secrets.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { applyRoles } from '../roles/roles.rules.ts'
import {
  countTokens,
  findDirectory,
  findToken,
  insertToken,
  isCommonAccount,
  lockedDirectory,
  ownerOf,
  updateDirectory,
} from './directories.queries.ts'
import type { DirectoryChanges } from './directories.schema.ts'

/** Two, so that one can replace the other while both work. */
const MOST_TOKENS = 2

/**
 * A token makes and ends users, so it takes a recent proof of identity in a session, and whoever creates it is mailed. The lock of the
 * directory serialises those who create one at once.
 * @throws 403 while acting as somebody, or without that proof; 409 for a third token
 */
export async function createToken(db: ScopedSql, request: FastifyRequest, name: string) {
  const { caller } = request
  if (caller.actorId !== null)
    throw errors.forbidden('You cannot create tokens of a directory while acting as somebody else.', 'acting_session')
  await assertRecentlyVerified(db, caller)
  const owner = ownerOf(caller)
  const directory_id = await lockedDirectory(db, owner)
  if ((await countTokens(db, directory_id)) >= MOST_TOKENS)
    throw errors.conflict(`A directory has at most ${MOST_TOKENS} tokens. Delete one first.`, 'scim_token_limit')
  const secret = newSecret()
  const id = await insertToken(db, { ...owner, directory_id, name, secret_hash: hashSecret(secret), created_by: caller.userId })
  if (caller.credential.type === 'session') await notifySecurityChange(db, request, 'token_added', undefined, { token: name })
  return { ...(await findToken(db, owner, id)), token: `scim_${id}_${secret}` }
}

/**
 * Gives all users of the directory the roles that follow from new rules.
 * @throws 400 for an account that there is not, and if an account would lose its last Administrator
 */
export async function changeDirectory(db: ScopedSql, { caller }: FastifyRequest, changes: Static<typeof DirectoryChanges>) {
  const owner = ownerOf(caller)
  const { home_client_id: home } = changes
  if (home != null && owner.client_id !== null)
    throw errors.invalid({ home_client_id: ['The directory of an account creates users there.'] })
  if (home != null && !(await isCommonAccount(db, home))) throw errors.invalid({ home_client_id: ['There is no such account.'] })
  const id = await lockedDirectory(db, owner)
  await updateDirectory(db, id, changes)
  await applyRoles(db, { id, resellerId: owner.reseller_id, clientId: owner.client_id }, null)
  return findDirectory(db, owner)
}
