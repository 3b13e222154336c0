/** Assertions and logout tokens that were used: each counts once, whichever process receives it. */
import type { ISql } from '../db/sql.ts'

/** Remembers until when an id was used by a provider. @returns whether it was not used before */
export async function spend(sql: ISql, providerId: number, id: string, until: Date): Promise<boolean> {
  const spent = await sql`INSERT INTO spent_assertions (provider_id, id, expires_at) VALUES (${providerId}, ${id}, ${until})
    ON CONFLICT DO NOTHING RETURNING id`
  return spent.length === 1
}
