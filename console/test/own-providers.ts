/** Identity providers for tests: a certified one of OpenID Connect on this machine, and metadata of SAML. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { certifiedProvider } from '../../test/certified-provider.ts'
import { ask, world } from './browser.ts'
import type { Made } from './own-people.ts'

/** Where providers send the browser back to, and it has its cookies. */
export const address = world.baseUrl

export const op = await certifiedProvider(
  [{ client_id: 'reeve', client_secret: 'a secret of the test', redirect_uris: [`${address}/reeve/sso/callback`] }],
  { anna: { email: 'anna@aurora-arrivals.example', email_verified: true, name: 'Anna Berg', groups: ['staff', 'admins'] } },
)

/** A provider of an account that has its values, made without the browser. */
export async function made(administrator: Made, fields: object = {}): Promise<{ id: number; path: string }> {
  const oauth = { issuer: op.issuer, client_id: 'reeve', client_secret: 'a secret of the test' }
  const body = { kind: 'oidc', name: `Aurora ${randomUUID().slice(0, 4)}`, client_id: administrator.clientId, oauth, ...fields }
  const answer = await ask('reseller', 'POST', '/reeve/identity_providers', body)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return { id: answer.body.id, path: `/identity_providers/${answer.body.id}` }
}

const folder = mkdtempSync(join(tmpdir(), 'reeve-certificates-'))
after(() => rmSync(folder, { recursive: true }))

/** Metadata of a provider with a certificate that ends in so many days. */
export function metadata(days: number): string {
  const [key, certificate] = [join(folder, `${days}.key`), join(folder, `${days}.pem`)]
  const given = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=idp',
    '-days',
    String(days),
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  execFileSync('openssl', given, { stdio: 'ignore' })
  const bare = readFileSync(certificate, 'utf8').replace(/-----[A-Z ]+-----|\s/g, '')
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/saml">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bare}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>`
}
