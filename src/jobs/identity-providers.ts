/** Identity providers of SAML: their metadata is read again every day, and their Administrators are told before the last certificate ends. */
import type { ScopedSql } from '../db/scope.ts'
import { asSystem, type SystemSql } from '../db/scope.ts'
import { OutgoingError } from '../lib/outgoing.ts'
import { ADMINISTRATORS } from '../lib/roles.ts'
import { queueMail } from '../mail/outbox.ts'
import { ProviderError, type SamlSettings } from '../sso/protocol.ts'
import { readCertificate } from '../sso/saml/saml.certificates.ts'
import { settingsReader } from '../sso/saml/saml.reading.ts'
import { BATCH, type JobDeps, timeRemaining } from './job.ts'

/** Days before the end of the last certificate. */
const notices = [1, 7, 30] as const
const DAY = 86_400_000

interface Saml {
  id: number
  reseller_id: number
  settings: SamlSettings
}

/** One at a time: nobody waits for it. What could not be read is tried again in the next run, and the settings before it stay. */
export async function readProviderMetadata(deps: JobDeps, at: Date): Promise<void> {
  const { system, stopping } = deps
  const read = settingsReader(deps.outgoing, deps.clock)
  for (let after = 0; !stopping?.aborted; ) {
    const due = await dueForReading(system, at, after)
    for (const provider of due) {
      if (stopping?.aborted) return
      await readAgain(deps, provider, read)
    }
    after = due.at(-1)?.id ?? 0
    if (due.length < BATCH) return
  }
}

const dueForReading = (system: SystemSql, at: Date, after: number) => system<Saml[]>`
  SELECT p.id, p.reseller_id, p.settings FROM identity_providers p JOIN resellers r ON r.id = p.reseller_id
  WHERE p.kind = 'saml' AND p.id > ${after} AND p.deleted_at IS NULL AND r.deleted_at IS NULL AND p.settings ->> 'metadataUrl' IS NOT NULL
    AND (p.metadata_error IS NOT NULL OR coalesce(p.metadata_read_at, p.created_at) <= ${at}::timestamptz - interval '24 hours')
  ORDER BY p.id LIMIT ${BATCH}`

async function readAgain({ system, log }: JobDeps, { id, settings }: Saml, read: ReturnType<typeof settingsReader>): Promise<void> {
  const { metadataUrl = '', entityId } = settings
  try {
    const theirs = await read({ url: metadataUrl })
    if (theirs.entityId !== entityId)
      throw new ProviderError('saml_metadata', `The metadata is of another provider now: ${theirs.entityId?.slice(0, 200)}.`)
    const certificates = await asSystem(system, (db) => takeOver(db, id, metadataUrl, theirs))
    // The activity is of people's requests, and nobody made one.
    if (certificates) log.info({ provider: id, certificates }, 'the metadata of an identity provider changed')
  } catch (error) {
    if (!(error instanceof ProviderError || error instanceof OutgoingError)) throw error
    await system`UPDATE identity_providers SET metadata_error = ${error.message.slice(0, 1000)}
      WHERE id = ${id} AND settings ->> 'metadataUrl' = ${metadataUrl}`
  }
}

/** Nothing if somebody changed the address meanwhile. @returns how its certificates end, where something changed */
async function takeOver(db: ScopedSql, id: number, metadataUrl: string, { ssoUrl, sloUrl, certificates = [] }: Partial<SamlSettings>) {
  const [before] = await db<{ settings: SamlSettings }[]>`
    SELECT settings FROM identity_providers WHERE id = ${id} AND deleted_at IS NULL AND settings ->> 'metadataUrl' = ${metadataUrl}
    FOR NO KEY UPDATE`
  if (!before) return undefined
  const { sloUrl: _, ...kept } = before.settings
  const settings = { ...kept, ssoUrl, certificates, ...(sloUrl !== undefined && { sloUrl }) }
  const isChanged = ssoUrl !== kept.ssoUrl || sloUrl !== before.settings.sloUrl || certificates.join() !== kept.certificates.join()
  await db`UPDATE identity_providers SET metadata_read_at = reeve_now(), metadata_error = NULL, settings = ${db.json(settings as never)}
    WHERE id = ${id}`
  return isChanged ? certificates.map((pem) => readCertificate(pem).ending) : undefined
}

interface Recipient {
  user_id: number
  client_id: number
  recipient: string
  lang: string
  company: string | null
}

/** Each notice once for each end: a new certificate, or a later end, begins anew. If one is missed, only the next is sent. */
export async function notifyEndingCertificates({ system, stopping }: JobDeps, at: Date): Promise<void> {
  for (let after = 0; !stopping?.aborted; ) {
    const providers = await system<Saml[]>`
      SELECT p.id, p.reseller_id, p.settings FROM identity_providers p JOIN resellers r ON r.id = p.reseller_id
      WHERE p.kind = 'saml' AND p.state <> 'draft' AND p.deleted_at IS NULL AND r.deleted_at IS NULL AND p.id > ${after}
      ORDER BY p.id LIMIT ${BATCH}`
    for (const { id, settings } of providers) {
      const ends = lastEnd(settings)
      const days = ends && notices.find((one) => ends.getTime() - at.getTime() <= one * DAY)
      if (ends && days !== undefined && ends > at) await asSystem(system, (db) => notify(db, id, ends, days, at))
    }
    after = providers.at(-1)?.id ?? 0
    if (providers.length < BATCH) return
  }
}

function lastEnd({ certificates = [] }: Partial<SamlSettings>): Date | undefined {
  const ends = certificates.map((pem) => readCertificate(pem).notAfter.getTime())
  return ends.length > 0 ? new Date(Math.max(...ends)) : undefined
}

async function notify(db: ScopedSql, id: number, ends: Date, days: number, at: Date): Promise<void> {
  const [told] = await db<{ reseller_id: number; name: string }[]>`
    UPDATE identity_providers SET certificates_end = ${ends}, certificates_told = ${days}
    WHERE id = ${id} AND deleted_at IS NULL AND (certificates_end IS DISTINCT FROM ${ends} OR certificates_told > ${days})
    RETURNING reseller_id, name`
  if (!told) return
  const recipients = await db<Recipient[]>`
    SELECT c.user_id, c.client_id, c.email AS recipient, u.lang, CASE WHEN p.client_id IS NOT NULL THEN c.client_name END AS company
    FROM identity_providers p JOIN resellers r ON r.id = p.reseller_id JOIN callers c ON c.client_id = coalesce(p.client_id, r.technical_client_id)
      AND CASE WHEN p.client_id IS NULL THEN c.user_type = 'reseller' ELSE c.role_id = ${ADMINISTRATORS} AND c.user_type <> 'seller' END
    JOIN users u ON u.id = c.user_id WHERE p.id = ${id} ORDER BY c.user_id`
  for (const { company, ...to } of recipients) {
    const details = { provider: told.name, ...(company !== null && { company }), ...timeRemaining(ends, at) }
    await queueMail(db, { ...to, reseller_id: told.reseller_id, template: 'certificate_ends_soon', details })
  }
}
