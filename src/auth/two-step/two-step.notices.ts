/** Notifies a user of wrong codes after the right password: somebody else may know the password. */
import type { FastifyRequest } from 'fastify'
import type { SystemSql } from '../../db/scope.ts'
import { addressOf } from '../../http/origin.ts'
import { queueMail } from '../../mail/outbox.ts'

/** The caller is not known yet, so this takes the handle that sees every tenant. */
export async function notifyFailedCodes(system: SystemSql, request: FastifyRequest, userId: number, attempts: number): Promise<void> {
  await system.begin(async (db) => {
    const [user] = await db<
      { reseller_id: number; client_id: number; user_id: number; recipient: string; lang: string; name: string; at: Date }[]
    >`
      SELECT reseller_id, client_id, id AS user_id, email AS recipient, lang, coalesce(name, '') AS name, reeve_now() AS at
      FROM users WHERE id = ${userId} AND deleted_at IS NULL`
    if (!user) return
    const { name, at, ...to } = user
    const details = { name, attempts, at: at.toISOString(), addresses: addressOf(request) ?? '' }
    await queueMail(db, { ...to, template: 'wrong_codes', details })
  })
}
