/**
 * Verifies a Response: the gate, then node-saml for signatures, then what the assertion says. Whatever is read for good is read from the text that
 * node-saml found signed. Its own validation of whole answers is not used: it passes over a signature that is not needed, and it opens no assertion
 * that Keycloak encrypts.
 */
import { getVerifiedXml, parseDomFromString, xpath } from '@node-saml/node-saml/lib/xml.js'
import { ProviderError } from '../protocol.ts'
import { assertAssertion, type Expected } from './saml.assertion.ts'
import { type Certificate, readCertificate, whyNotSigned } from './saml.certificates.ts'
import { decryptAssertion, readEncrypted } from './saml.decrypt.ts'
import { assertUniqueIds, decodeMessage, passAssertion, passResponse } from './saml.gate.ts'
import type { OpenSamlKey } from './saml.keys.ts'
import { attributeOf, decodeXml, type Element, namespaces, onlyChild, textOf } from './saml.xml.ts'

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
  const now = new Date()
  const known = trusted.certificates.map(readCertificate)
  const verify = createVerify(known, now)

  // Every signature that is there must be valid, also one that need not be there.
  const response = shape.responseSignature && passResponse(await verify(xml, 'answer', '/*', shape.responseSignature))
  const { assertion, isSigned } = shape.encrypted
    ? await open((response ?? shape).encrypted, keys, verify, response !== undefined)
    : {
        assertion: shape.assertionSignature
          ? passAssertion(await verify(xml, 'assertion', "/*/*[local-name()='Assertion']", shape.assertionSignature)).assertion
          : response?.assertion,
        isSigned: shape.assertionSignature !== undefined,
      }
  assertSigned({ response: response !== undefined, assertion: isSigned }, trusted.signed)
  if (!assertion) throw new ProviderError('saml_not_signed', 'The answer is not signed.')
  if (shape.encrypted) assertUniqueIds(shape.response, assertion)
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

function assertSigned(signed: Record<'response' | 'assertion', boolean>, wanted: Trusted['signed']): void {
  const missing = wanted === 'either' ? (signed.response || signed.assertion ? undefined : 'answer') : signed[wanted] ? undefined : wanted
  if (missing !== undefined) throw new ProviderError('saml_not_signed', `The ${missing} is not signed.`)
}

/** Returns the text of an element that its signature covers. @throws ProviderError */
type Verify = (xml: string, what: string, path: string, signature: Element | undefined) => Promise<string>

function createVerify(known: readonly Certificate[], now: Date): Verify {
  const usable = known.filter(({ notAfter, unusable }) => notAfter > now && unusable === undefined)
  if (usable.length === 0)
    throw new ProviderError(
      'saml_certificate_ended',
      'No certificate of the metadata is valid any more. Read the metadata of the provider again.',
    )
  return async (xml, what, path, signature) => {
    const [element] = xpath.selectElements(await parseDomFromString(xml), path)
    const pems = usable.map(({ pem }) => pem)
    const verified = element && getVerifiedXml(xml, element, pems)
    if (!verified) throw new ProviderError(...whyNotSigned(what, signature, known, now))
    return verified
  }
}

/**
 * Opens an encrypted assertion. Unless the Response around it is signed anybody may have made it, and may try one text after the other: then it is not
 * told whether it was opened (padding oracle).
 */
async function open(encrypted: Element | undefined, keys: readonly OpenSamlKey[], verify: Verify, isResponseSigned: boolean) {
  if (!encrypted) throw unreadable(keys)
  const read = readEncrypted(encrypted)
  for (const key of keys) {
    const opened = openBy(key, read)
    if (!opened) continue
    const { xml, assertion, signature } = opened
    if (!signature && isResponseSigned) return { assertion, isSigned: false }
    const verified = await verify(xml, 'assertion', '/*', signature).catch((error) => {
      throw isResponseSigned ? error : unreadable(keys)
    })
    return { assertion: passAssertion(verified).assertion, isSigned: true }
  }
  throw unreadable(keys)
}

function openBy(key: OpenSamlKey, read: ReturnType<typeof readEncrypted>) {
  try {
    const xml = decodeXml(decryptAssertion(read, key.privatePem))
    return { xml, ...passAssertion(xml) }
  } catch {
    return undefined // another key may open it
  }
}

const unreadable = (keys: readonly OpenSamlKey[]) =>
  new ProviderError(
    'saml_encryption',
    `The encrypted assertion cannot be used: it is not encrypted for our certificate that ends in ${keys.at(-1)?.ending}, ` +
      'or not signed with a certificate in the metadata.',
  )
