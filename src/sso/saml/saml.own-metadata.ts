/** Our metadata at a host: entity id, addresses and certificates, signed. */
import { randomUUID } from 'node:crypto'
import { SAML } from '@node-saml/node-saml'
import { signXml } from '@node-saml/node-saml/lib/xml.js'
import type { OpenSamlKey } from './saml.keys.ts'
import { addressesAt } from './saml.ts'

/** @param keys the oldest first: it signs, and the newest is the one to encrypt with */
export function ownMetadata(origin: string, keys: readonly OpenSamlKey[]): string {
  const [signing, newest] = [keys[0], keys.at(-1)]
  if (!signing || !newest) throw new Error('There is no key of SAML.')
  const { entityId, acs, slo } = addressesAt(origin)
  const saml = new SAML({
    issuer: entityId,
    callbackUrl: acs,
    logoutCallbackUrl: slo,
    idpCert: signing.certificate, // the library wants one, and does not use it here
    privateKey: signing.privatePem,
    decryptionPvk: newest.privatePem,
    signatureAlgorithm: 'sha256',
    identifierFormat: null,
    wantAssertionsSigned: false, // a signed answer does as well
    generateUniqueId: () => `_${randomUUID()}`,
  })
  const xml = saml.generateServiceProviderMetadata(
    newest.certificate,
    keys.map(({ certificate }) => certificate),
  )
  // The library names one binding. Providers sign people out by redirect too.
  const both = xml.replace(
    /( *)<SingleLogoutService [^>]*\/>\n/,
    (line, indent: string) =>
      `${line}${indent}<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${slo}"/>\n`,
  )
  return signXml(
    both,
    '/*',
    { reference: '/*', action: 'prepend' },
    {
      privateKey: signing.privatePem,
      publicCert: signing.certificate,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
    },
  )
}
