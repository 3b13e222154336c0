/** Assertions that were used: each counts once, whichever process receives it. */
import type { SystemSql } from '../../db/scope.ts'
import type { Spend } from './saml.ts'

export const createSpend =
  (sql: SystemSql): Spend =>
  async (providerId, id, until) => {
    const spent = await sql`INSERT INTO spent_assertions (provider_id, id, expires_at) VALUES (${providerId}, ${id}, ${until})
      ON CONFLICT DO NOTHING RETURNING id`
    return spent.length === 1
  }
