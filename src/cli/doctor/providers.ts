/** Identity providers: their certificates, and metadata that cannot be read. */
import type { ISql } from '../../db/sql.ts'
import type { SamlSettings } from '../../sso/protocol.ts'
import { readCertificate } from '../../sso/saml/saml.certificates.ts'
import { count, type Finding, ok, warning } from './finding.ts'
import { endOf } from './secret.ts'

export async function providerFindings(db: ISql): Promise<Finding[]> {
  const providers = await db<
    { id: number; name: string; reseller: string; settings: Partial<SamlSettings>; metadata_error: string | null }[]
  >`
    SELECT p.id, p.name, r.name AS reseller, p.settings, p.metadata_error FROM identity_providers p JOIN resellers r ON r.id = p.reseller_id
    WHERE p.kind = 'saml' AND p.state <> 'draft' AND p.deleted_at IS NULL AND r.deleted_at IS NULL ORDER BY p.id`
  const found: Finding[] = []
  for (const { id, name, reseller, settings, metadata_error } of providers) {
    const of = `the identity provider ${id} (${name} of ${reseller})`
    const ends = (settings.certificates ?? []).map((pem) => readCertificate(pem).notAfter.getTime())
    const last =
      ends.length > 0 && endOf(`the last certificate of ${of}`, new Date(Math.max(...ends)), 'Its Administrators put in the new one.')
    if (last) found.push(last)
    if (metadata_error !== null)
      found.push(warning(`The metadata of ${of} cannot be read: ${metadata_error}`, 'Its Administrators correct the address.'))
  }
  return found.length > 0 ? found : [ok(`${count(providers.length, 'SAML provider')} in use.`)]
}
