/** SQL of the palette: the few rows that it shows. Row-level security hides other tenants. */
import type { Static } from 'typebox'
import { accountsOfPeopleLike } from '../../accounts/clients/list/list.search.ts'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import { containing, type Fragment } from '../../lists/filters.ts'
import type { FoundClient, FoundUser } from './search.schema.ts'

type User = Static<typeof FoundUser>

/** Returns these accounts in this order. */
export const clientsOf = (db: ScopedSql, ids: number[]) => db<Static<typeof FoundClient>[]>`
  SELECT c.id, c.company_name, c.email, c.status, c.deleted_at IS NOT NULL AS deleted
  FROM unnest(${ids}::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN clients c USING (id) ORDER BY place`

const users = (db: ScopedSql, { kind, resellerId }: Caller, which: Fragment, most: number) => db<User[]>`
  SELECT u.id, u.email, u.name, u.user_type, u.client_id, u.deleted_at IS NOT NULL AS deleted FROM users u
  WHERE ${kind === 'platform' ? db`true` : db`u.reseller_id = ${resellerId}`} AND ${which} ORDER BY u.id LIMIT ${most}`

const like = (db: ScopedSql, text: string) =>
  db`u.deleted_at IS NULL AND (u.email_folded LIKE ${containing(db, text)} OR fold(u.name) LIKE ${containing(db, text)})`

export const userOfId = (db: ScopedSql, caller: Caller, id: number) => users(db, caller, db`u.id = ${id}`, 1)

/** Each account that is found has at least one of these users, and one user has seldom ten of them. */
export const usersLike = (db: ScopedSql, caller: Caller, text: string, most: number) =>
  users(
    db,
    caller,
    db`u.id = ANY (ARRAY(SELECT m.user_id FROM client_users m
      WHERE m.client_id = ANY (ARRAY(${accountsOfPeopleLike(db, caller, text, 10 * most)})))) AND ${like(db, text)}`,
    most,
  )

/** A reseller has few sellers: all of them are looked at. */
export const sellersLike = (db: ScopedSql, caller: Caller, text: string, most: number) =>
  users(db, caller, db`u.user_type = 'seller' AND ${like(db, text)}`, most)
