/** Finds a few accounts and users by a text, for the palette: without counts, so that it stays quick among a million. */
import type { ScopedSql } from '../../../db/scope.ts'
import type { Caller } from '../../../lib/caller.ts'
import { containing, type Fragment } from '../../../lists/filters.ts'
import { matching } from '../clients.queries.ts'

/** A shorter text has no trigram: to look for it anywhere would read every row. */
export const SHORTEST = 3

const ofTenant = (db: ScopedSql, { kind, resellerId }: Caller) => (kind === 'platform' ? db`true` : db`reseller_id = ${resellerId}`)

/**
 * Selects ids of accounts whose company begins with the text, in a range of an index, and then of those whose company or email contains it,
 * by trigrams. Row-level security has a part in neither: `matching` names the tenant.
 */
export async function clientsLike(db: ScopedSql, caller: Caller, text: string, most: number): Promise<number[]> {
  const those = matching(db, caller, {})
  const order = caller.kind === 'platform' ? db`company_name, id` : db`reseller_id, company_name, id`
  const beginning = db`SELECT id, 0 AS rank FROM client_list WHERE ${those} AND company_name >= fold(${text})
    AND company_name < fold(${text}) || U&'\\+10FFFF' ORDER BY ${order} LIMIT ${most}`
  const pattern = containing(db, text)
  const within = db`SELECT id, 1 FROM client_list WHERE ${those} AND (company_name LIKE ${pattern} OR email LIKE ${pattern}) LIMIT ${2 * most}`
  const parts = text.length < SHORTEST ? db`(${beginning})` : db`(${beginning}) UNION ALL (${within})`
  const rows = await db<{ id: number }[]>`SELECT id FROM (${parts}) AS found GROUP BY id ORDER BY min(rank), id LIMIT ${most}`
  return rows.map(({ id }) => id)
}

/** Selects up to `most` accounts that have a live user whose email or name contains the text. */
export const accountsOfPeopleLike = (db: ScopedSql, caller: Caller, text: string, most: number): Fragment => {
  const pattern = containing(db, text)
  return db`SELECT id FROM client_user_search WHERE ${ofTenant(db, caller)}
    AND (users_email LIKE ${pattern} OR users_name LIKE ${pattern}) LIMIT ${most}`
}
