/**
 * Verifies a Response: the gate, then node-saml for signatures, times, audience and InResponseTo, then what node-saml leaves out. Whatever is read
 * for good is read from the text that node-saml found signed.
 */
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import { decryptXml, parseDomFromString, xpath } from '@node-saml/node-saml/lib/xml.js'
import { ProviderError } from '../protocol.ts'
import { assertAssertion, type Expected, SKEW } from './saml.assertion.ts'
import { readCertificate, whyNotSigned } from './saml.certificates.ts'
import { assertUniqueIds, decodeMessage, passAssertion, passResponse } from './saml.gate.ts'
import type { OpenSamlKey } from './saml.keys.ts'
import { attributeOf, type Element, namespaces, onlyChild, textOf } from './saml.xml.ts'

/** An answer counts only this long after it was made, however long it says it is valid: it answers a request of ours. */
export const OLDEST = 60 * 60_000

export interface Trusted extends Expected {
  certificates: string[]
  signed: 'response' | 'assertion' | 'either'
}

/**
 * Returns the assertion.
 * @param keys with which an encrypted assertion may have been encrypted for us
 * @throws ProviderError
 */
export async function verifyResponse(encoded: string, trusted: Trusted, keys: readonly OpenSamlKey[]): Promise<Element> {
  const xml = decodeMessage(encoded)
  const shape = passResponse(xml)
  assertResponse(shape.response, trusted)
  if (shape.assertion) assertAssertion(shape.assertion, trusted) // for its words: the same again below, on what is signed
  const decrypted = shape.assertion ? undefined : await decrypt(xml, keys)
  const signatures = { response: shape.responseSignature, assertion: decrypted ? decrypted.signature : shape.assertionSignature }
  assertSigned(signatures, trusted.signed)
  const verified = await verify(xml, trusted, signatures, decrypted?.key)
  const { assertion } = passAssertion(verified)
  if (decrypted) assertUniqueIds(shape.response, assertion)
  assertAssertion(assertion, trusted)
  return assertion
}

/** What a Response says beside the assertion. Read before any signature is verified, so it may refuse and not grant. */
function assertResponse(response: Element, { issuer, acs, requestId }: Trusted): void {
  const from = onlyChild(response, 'Issuer', namespaces.assertion)
  if (response.children.some(({ name }) => name === 'Issuer') && textOf(from) !== issuer)
    throw new ProviderError('saml_issuer', `The answer is from ${textOf(from)?.slice(0, 200) ?? 'nobody'}, not from ${issuer}.`)
  const destination = attributeOf(response, 'Destination')
  if (destination !== acs)
    throw new ProviderError('saml_destination', `The answer is meant for ${destination?.slice(0, 200) ?? 'no address'}, not for ${acs}.`)
  if (attributeOf(response, 'InResponseTo') !== requestId)
    throw new ProviderError('saml_in_response_to', 'The answer is not for the request that was sent.')
  if (attributeOf(response, 'Version') !== '2.0') throw new ProviderError('saml_refused', 'The answer is not of SAML 2.0.')
}

type Signatures = { response: Element | undefined; assertion: Element | undefined }

function assertSigned(signatures: Signatures, wanted: Trusted['signed']): void {
  const missing =
    wanted === 'either' ? ((signatures.response ?? signatures.assertion) ? undefined : 'answer') : signatures[wanted] ? undefined : wanted
  if (missing !== undefined) throw new ProviderError('saml_not_signed', `The ${missing} is not signed.`)
}

/** Every signature that is there must be valid, also one that need not be there. */
async function verify(xml: string, trusted: Trusted, signatures: Signatures, key: OpenSamlKey | undefined): Promise<string> {
  const now = new Date()
  const known = trusted.certificates.map(readCertificate)
  const usable = known.filter(({ notAfter, unusable }) => notAfter > now && unusable === undefined)
  const what = signatures.response ? 'answer' : 'assertion'
  if (usable.length === 0)
    throw new ProviderError(
      'saml_certificate_ended',
      'No certificate of the metadata is valid any more. Read the metadata of the provider again.',
    )
  const saml = new SAML({
    idpCert: usable.map(({ pem }) => pem),
    issuer: trusted.audience,
    audience: trusted.audience,
    callbackUrl: trusted.acs,
    wantAuthnResponseSigned: signatures.response !== undefined,
    wantAssertionsSigned: signatures.assertion !== undefined,
    acceptedClockSkewMs: SKEW,
    maxAssertionAgeMs: OLDEST,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: OLDEST,
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (id) => (id === trusted.requestId ? now.toISOString() : null),
      removeAsync: async () => null,
    },
    ...(key && { decryptionPvk: key.privatePem }),
  })
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') }).catch((error: Error) => {
    if (!/signature/i.test(error.message)) throw new ProviderError('saml_refused', `The answer is refused: ${error.message.slice(0, 300)}.`)
    // Whoever may try any cipher text must not learn whether it was opened (padding oracle).
    if (key && !signatures.response) throw unreadable(key)
    const response = whyNotSigned(what, signatures.response ?? signatures.assertion, known, now)
    throw new ProviderError(...response)
  })
  const verified = profile?.getAssertionXml?.()
  if (verified === undefined) throw new ProviderError('saml_refused', 'The answer has no assertion.')
  return verified
}

interface Decrypted {
  signature: Element | undefined
  key: OpenSamlKey
}

async function decrypt(xml: string, keys: readonly OpenSamlKey[]): Promise<Decrypted> {
  const [encrypted] = xpath.selectElements(await parseDomFromString(xml), "/*/*[local-name()='EncryptedAssertion']")
  for (const key of keys)
    try {
      const { signature } = passAssertion(await decryptXml(String(encrypted), key.privatePem))
      return { signature, key }
    } catch {
      // Another key may open it.
    }
  throw unreadable(keys[0])
}

const unreadable = (key: OpenSamlKey | undefined) =>
  new ProviderError(
    'saml_encryption',
    `The encrypted assertion cannot be used: it is not encrypted for our certificate${key ? ` that ends in ${key.ending}` : ''}, ` +
      'or not signed with a certificate in the metadata.',
  )
