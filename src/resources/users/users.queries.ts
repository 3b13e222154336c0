/** SQL of users: the read model user_list, always within what the caller may see. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Fragment } from '../../http/filters.ts'
import { type Order, type Slice, slice } from '../../http/slices.ts'
import type { Caller } from '../../lib/caller.ts'
import { ADMINISTRATORS, roleById } from '../../lib/roles.ts'
import type { User } from './users.schema.ts'

/** Staff see everybody of their reseller, Administrators the people of the account, everybody else themselves. */
function visible(db: ScopedSql, caller: Caller): Fragment {
  if (caller.kind === 'platform') return db`true`
  const own = db`u.reseller_id = ${caller.resellerId}`
  if (caller.kind !== 'client') return own
  if (caller.role.id !== ADMINISTRATORS) return db`${own} AND u.id = ${caller.userId}`
  return db`${own} AND u.id IN (SELECT user_id FROM client_users WHERE client_id = ${caller.clientId})`
}

export async function countUsers(db: ScopedSql, caller: Caller): Promise<number> {
  const [row] =
    caller.kind === 'reseller' || caller.kind === 'seller'
      ? await db<
          { count: number }[]
        >`SELECT coalesce(sum(users), 0)::bigint AS count FROM tenant_versions WHERE reseller_id = ${caller.resellerId}`
      : await db<{ count: number }[]>`SELECT count(*) FROM user_list u WHERE ${visible(db, caller)}`
  return row?.count ?? 0
}

const byId: Order = [{ column: 'id', descending: false }]

/** The rows of the documents (contract schema User) in order of id. First the ids of the slice, then the documents of those alone. */
export const userRows = (db: ScopedSql, caller: Caller, page: Slice, more: Fragment): Fragment =>
  db`SELECT d.doc ${more} FROM (SELECT u.id FROM user_list u WHERE ${visible(db, caller)} ${slice(db, byId, page)}) page
    JOIN user_list d USING (id) ORDER BY id`

/** Up to `limit` documents behind the user of this id, in order of id. */
export async function usersBehind(db: ScopedSql, caller: Caller, id: number, limit: number) {
  const rows =
    await db`SELECT u.id::text, u.doc FROM user_list u WHERE ${visible(db, caller)} AND u.id > ${id} ORDER BY u.id LIMIT ${limit}`.raw()
  return rows.map(([id, doc]) => ({ id: Number(id), value: String(id), document: seenBy(caller, doc as Buffer) }))
}

export async function findUser(db: ScopedSql, caller: Caller, id: number): Promise<Buffer | undefined> {
  const [row] = await db`SELECT u.doc FROM user_list u WHERE ${visible(db, caller)} AND u.id = ${id}`.raw()
  return row && seenBy(caller, row[0] as Buffer)
}

/**
 * The document as a client user may see it: the user in the present account, and of the user's other accounts
 * only the caller's own. Staff see it as it stands.
 */
export function seenBy(caller: Caller, doc: Buffer): Buffer {
  if (caller.kind !== 'client') return doc
  const user: Static<typeof User> = JSON.parse(doc.toString())
  const here = user.client_and_roles.find((one) => one.client_id === caller.clientId)
  if (here) {
    user.client = here.client_id
    user.company = here.client_company_name
    user.groups = here.user_roles.map((role) => roleById(Number(role)) as (typeof user.groups)[number])
  }
  const mine = user.id === caller.userId ? caller.accountIds : [caller.clientId]
  user.client_and_roles = user.client_and_roles.filter((one) => mine.includes(one.client_id))
  return Buffer.from(JSON.stringify(user))
}

/** The user's row as a change needs it; read under its lock, or it is what was. */
export interface UserRecord {
  client_id: number
  user_type: 'common' | 'reseller' | 'seller'
  email: string
  deleted: boolean
}

export async function findRecord(db: ScopedSql, id: number): Promise<UserRecord | undefined> {
  const [row] = await db<UserRecord[]>`SELECT client_id, user_type, email, deleted_at IS NOT NULL AS deleted FROM users WHERE id = ${id}`
  return row
}

export type UserFields = Partial<{ name: string | null; phone: string | null; lang: string }>

export async function updateUser(db: ScopedSql, id: number, fields: UserFields): Promise<void> {
  await db`UPDATE users SET ${db(fields)} WHERE id = ${id}`
}
