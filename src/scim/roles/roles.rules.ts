/** Roles follow groups: the first rule of the directory with a group of the user decides, else the default role. Without rules nobody's does. */
import { lockClients, refreshClients } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import type { Directory } from '../directory.ts'
import { refuse } from '../messages.ts'
import { administered, changeRoles, hasRules, lockUsers, membershipsOf, refreshUsers } from './roles.queries.ts'

/** Serialises what decides roles, before clients and users are locked. */
export async function lockRoles(db: ScopedSql, { id }: Directory): Promise<void> {
  await db`SELECT FROM scim_directories WHERE id = ${id} FOR NO KEY UPDATE`
}

/**
 * Gives users, by default all of the directory, the roles that follow from their groups. Call under lockRoles.
 * @throws 400 if an account would lose its last Administrator
 */
export async function applyRoles(db: ScopedSql, directory: Directory, userIds: readonly number[] | null): Promise<void> {
  if (!(await hasRules(db, directory)) || userIds?.length === 0) return
  const stale = await membershipsOf(db, directory, userIds)
  const clients = [...new Set(stale.map(({ client_id }) => client_id))]
  const users = [...new Set(stale.map(({ user_id }) => user_id))]
  if (users.length === 0) return
  await lockClients(db, clients)
  await lockUsers(db, users)
  const before = await administered(db, clients)
  await changeRoles(db, directory, users)
  const after = new Set(await administered(db, clients))
  if (before.some((client) => !after.has(client)))
    throw refuse.value('This would take the last Administrator from an account, which must keep one.')
  await refreshClients(db, clients)
  await refreshUsers(db, users)
}
