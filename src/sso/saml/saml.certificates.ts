/** Certificates of providers: what of them is shown, and which may be used. */
import { X509Certificate } from 'node:crypto'
import { type Element, within } from './saml.xml.ts'

export interface Certificate {
  pem: string
  /** The last two bytes of the SHA-256 fingerprint, as in 3F:A1, by which people compare it with what their provider shows. */
  ending: string
  notBefore: Date
  notAfter: Date
  /** Why it cannot verify signatures here; undefined where it can. */
  unusable: string | undefined
}

/** @param text PEM, or base64 alone as in metadata. @throws if it is no certificate */
export function readCertificate(text: string): Certificate {
  const certificate = new X509Certificate(text.includes('-----BEGIN') ? text : Buffer.from(text.replace(/\s+/g, ''), 'base64'))
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
  const bits = details?.modulusLength ?? 0
  return {
    pem: certificate.toString(),
    ending: certificate.fingerprint256.slice(-5),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    unusable: type !== 'rsa' ? `its key is ${type}, not RSA` : bits < 2048 ? `its key has ${bits} bits, fewer than 2048` : undefined,
  }
}

/** The certificate that a signature names, which says nothing of whether it may be trusted. */
export function namedIn(signature: Element): Certificate | undefined {
  const named = [...within(signature)].find(({ name }) => name === 'X509Certificate')
  try {
    return named && readCertificate(named.text)
  } catch {
    return undefined
  }
}

/** Why no certificate of the provider verifies this signature, in words. */
export function whyNotSigned(what: string, signature: Element | undefined, known: readonly Certificate[], now: Date): [string, string] {
  const named = signature && namedIn(signature)
  const same = known.find(({ pem }) => pem === named?.pem)
  if (named && !same)
    return ['saml_certificate_unknown', `The ${what} is signed with a certificate that is not in the metadata: it ends in ${named.ending}.`]
  if (same && same.notAfter <= now) return ['saml_certificate_ended', ended(what, same)]
  if (same) return ['saml_signature', `The signature of the ${what} is not valid: the ${what} was changed after it was signed.`]
  const endings = known.map(({ ending }) => ending).join(', ')
  return ['saml_signature', `The ${what} is signed with none of the certificates in the metadata, or was changed: they end in ${endings}.`]
}

const ended = (what: string, { ending, notAfter }: Certificate) =>
  `The ${what} is signed with the certificate that ends in ${ending}, which was valid until ${notAfter.toISOString().slice(0, 10)}.`
