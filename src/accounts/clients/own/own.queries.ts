/** SQL of accounts that users add for themselves. */
import { elevated, type ScopedSql } from '../../../db/scope.ts'
import { ADMINISTRATORS } from '../../../lib/roles.ts'
import { accountRows, nextAccountId } from '../clients.creation.ts'

/** Adds an account that the user owns and administers. Elevated, because the user sees the account only once it is a member. */
export async function insertOwnAccount(db: ScopedSql, userId: number, company: string): Promise<number> {
  const [[next], [user]] = await Promise.all([
    nextAccountId(db),
    db<{ reseller_id: number; email: string; name: string | null; phone: string | null }[]>`
      SELECT reseller_id, email, name, phone FROM users WHERE id = ${userId}`,
  ])
  if (!next || !user) throw new Error(`There is no user ${userId}.`)
  const { id: client_id } = next
  const { reseller_id } = user
  const rows = accountRows(db, client_id, { ...user, owner_id: userId, company_name: company }, { emailConfirmed: true })
  const member = { client_id, user_id: userId, reseller_id, role_id: ADMINISTRATORS }
  await elevated(db, ...rows, db`INSERT INTO client_users ${db(member)}`)
  return client_id
}

/** Counts the live accounts that a user owns, visible to the caller or not. */
export async function countOwned(db: ScopedSql, userId: number): Promise<number> {
  const [[row]] = await elevated(
    db,
    db<{ owned: number }[]>`SELECT count(*) AS owned FROM clients WHERE owner_id = ${userId} AND deleted_at IS NULL`,
  )
  return row?.owned ?? 0
}
