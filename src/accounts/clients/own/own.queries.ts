/** SQL of accounts that users add for themselves. */
import type { ScopedSql } from '../../../db/scope.ts'
import { commonProducts } from '../../../lib/products.ts'
import { ADMINISTRATORS } from '../../../lib/roles.ts'

/** Adds an account of the user with all common products. Returns null if the user owns `most` already. */
export async function insertOwnAccount(
  db: ScopedSql,
  userId: number,
  company: string,
  status: string,
  most: number,
): Promise<number | null> {
  const [row] = await db<{ id: number | null }[]>`
    SELECT add_account(${userId}, ${company}, ${status}, ${commonProducts as unknown as string[]}, ${ADMINISTRATORS}, ${most}) AS id`
  return row?.id ?? null
}
