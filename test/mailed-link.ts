/** Links as their recipients get and follow them. */
import { linkContext } from '../src/mail/outbox.ts'
import type { TestWorld } from './harness.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** The token of the last link that was mailed to the user, about this account. */
export async function mailedLink({ database: { system }, cipher }: TestWorld, userId: number, clientId: number | null): Promise<string> {
  const [mail] = await system`
    SELECT recipient, encrypted_link FROM outbox
    WHERE user_id = ${userId} AND client_id IS NOT DISTINCT FROM ${clientId} AND encrypted_link IS NOT NULL ORDER BY id DESC LIMIT 1`
  return cipher.decrypt(mail?.encrypted_link, linkContext(mail?.recipient)).toString()
}

export const followLink = (t: TestWorld, token: string, fields: Record<string, string> = {}) =>
  t.ask('POST', `/reeve/links/${token}`, { headers: FORM, body: new URLSearchParams(fields).toString() })
