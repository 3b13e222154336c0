/** Forgeries of SAML answers: each a change of what a provider really signed. */
import { ACS, AUDIENCE, inSeconds, type Said } from './saml-idp.ts'
import type { Where } from './saml-world.ts'

/** What a provider might say, truly signed, that must not count here; and the code of the refusal. */
export const untruths: Record<string, [Partial<Said> | ((state: string) => Partial<Said>), string]> = {
  'another audience': [{ audiences: ['https://other.example/iam/auth/saml2/metadata'] }, 'saml_audience'],
  'no audience': [{ audiences: null }, 'saml_audience'],
  'an audience that begins like ours': [{ audiences: [`${AUDIENCE}.evil.example`] }, 'saml_audience'],
  'an audience of nobody': [{ audiences: [] }, 'saml_audience'],
  'another recipient': [{ recipient: 'https://other.example/iam/auth/saml2/acs' }, 'saml_recipient'],
  'no recipient': [{ recipient: null }, 'saml_recipient'],
  'a recipient of another tenant’s host': [{ recipient: ACS.replace('reeve', 'login.other') }, 'saml_recipient'],
  'a recipient with a query': [{ recipient: `${ACS}?x=1` }, 'saml_recipient'],
  'another destination': [{ destination: 'https://other.example/iam/auth/saml2/acs' }, 'saml_destination'],
  'no destination': [{ destination: null }, 'saml_destination'],
  'a destination of another tenant’s host': [{ destination: ACS.replace('reeve', 'login.other') }, 'saml_destination'],
  'another issuer of the answer': [{ responseIssuer: 'https://other.example' }, 'saml_issuer'],
  'another issuer of the assertion': [{ issuer: 'https://other.example' }, 'saml_issuer'],
  'no issuer of the assertion': [{ issuer: null }, 'saml_issuer'],
  'an empty issuer': [{ issuer: '' }, 'saml_issuer'],
  'an assertion that was over': [{ until: inSeconds(-120) }, 'saml_expired'],
  'a confirmation that was over': [{ confirmedUntil: inSeconds(-120) }, 'saml_expired'],
  'a session that was over': [{ sessionUntil: inSeconds(-120) }, 'saml_expired'],
  'an assertion that is yet to be valid': [{ from: inSeconds(120) }, 'saml_not_yet_valid'],
  'a confirmation that is yet to be valid': [{ confirmedFrom: inSeconds(120) }, 'saml_not_yet_valid'],
  'an assertion of the future': [{ issued: inSeconds(3600) }, 'saml_not_yet_valid'],
  'an assertion of yesterday': [{ issued: inSeconds(-86_400), until: inSeconds(900), confirmedUntil: inSeconds(900) }, 'saml_expired'],
  'no end': [{ until: null }, 'saml_incomplete'],
  'no end of the confirmation': [{ confirmedUntil: null }, 'saml_incomplete'],
  'no time of issue': [{ issued: null }, 'saml_incomplete'],
  'a time in words': [{ until: 'tomorrow' }, 'saml_incomplete'],
  'a time without a zone': [{ until: inSeconds(300).replace('Z', '') }, 'saml_incomplete'],
  'the answer to another request': [{ inResponseTo: '_other', confirmedRequest: '_other' }, 'saml_in_response_to'],
  'an assertion for another request': [{ confirmedRequest: '_other' }, 'saml_in_response_to'],
  'a Response to another request': [{ inResponseTo: '_other' }, 'saml_in_response_to'],
  'an answer to nothing': [{ inResponseTo: null, confirmedRequest: null }, 'saml_in_response_to'],
  'a confirmation of nothing': [{ confirmedRequest: null }, 'saml_in_response_to'],
  'a holder of a key': [{ method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }, 'saml_incomplete'],
  'a failure': [{ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }, 'saml_status'],
  'a success of another name': [{ status: 'urn:oasis:names:tc:SAML:2.0:status:success' }, 'saml_status'],
  'no status': [{ status: null }, 'saml_refused'],
  'another version': [{ version: '1.1' }, 'saml_refused'],
  'no name': [{ nameId: null }, 'saml_subject'],
  'an empty name': [{ nameId: '' }, 'saml_subject'],
  'a name for this time only': [{ format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, 'saml_subject'],
  'no sign-in': [{ statement: false }, 'saml_incomplete'],
  'a name in two parts': [{ inNameId: '<x/>' }, 'saml_subject'],
  'an answer and an assertion of one ID': [(state) => ({ responseId: `_${state}1`, id: `_${state}1` }), 'saml_refused'],
  'an ID that is none': [{ id: '1 or 1=1' }, 'saml_refused'],
  'an assertion in the advice': [{ inAssertion: '<saml:Advice><saml:Assertion ID="_z" Version="2.0"/></saml:Advice>' }, 'saml_refused'],
  'a second assertion': [{ inResponse: '<saml:Assertion ID="_z" Version="2.0"/>' }, 'saml_refused'],
  'a second status': [{ inResponse: '<samlp:Status><samlp:StatusCode Value="x"/></samlp:Status>' }, 'saml_refused'],
  'a second Issuer': [{ inResponse: '<saml:Issuer>https://other.example</saml:Issuer>' }, 'saml_issuer'],
  'a second Subject': [{ inAssertion: '<saml:Subject><saml:NameID>eve@corp.example</saml:NameID></saml:Subject>' }, 'saml_incomplete'],
  'second Conditions': [{ inAssertion: '<saml:Conditions/>' }, 'saml_incomplete'],
}

const EVIL = 'eve@corp.example'
const evil = (xml: string) => xml.replaceAll('ada@corp.example', EVIL)
const assertionIn = (xml: string) => /<saml:Assertion [\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? ''
const signatureIn = (xml: string) => /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
const bare = (xml: string) => xml.replaceAll(/<ds:Signature [\s\S]*?<\/ds:Signature>/g, '')
const renamed = (xml: string) => xml.replace(/ ID="_[^"]*"/, ' ID="_evil"')
/** The text of a Response without its assertion's. */
const around = (xml: string, inside: string) => xml.replace(assertionIn(xml), () => inside)
const intoSignature = (signature: string, more: string) => signature.replace('</ds:Signature>', () => `${more}</ds:Signature>`)
const afterIssuer = (xml: string, more: string) => xml.replace('</saml:Issuer>', () => `</saml:Issuer>${more}`)
const beforeEnd = (xml: string, name: string, more: string) => xml.replace(new RegExp(`</${name}>$`), () => `${more}</${name}>`)

type Wrap = (xml: string, name: (xml: string) => string) => string
/** The eight shapes of signature wrapping (Somorovsky and others, 2012). `name` gives the forged element an ID of its own, or keeps the signed one's. */
export const wrappings: Record<string, [readonly Where[], Wrap]> = {
  'XSW1: the Response within the signature of a forged one': [
    ['response', 'both'],
    (xml, name) => {
      const signature = signatureIn(xml)
      return afterIssuer(name(evil(bare(xml))), intoSignature(signature, xml.replace(signature, '')))
    },
  ],
  'XSW2: the Response beside the signature of a forged one': [
    ['response', 'both'],
    (xml, name) => {
      const signature = signatureIn(xml)
      return afterIssuer(name(evil(bare(xml))), `${xml.replace(signature, '')}${signature}`)
    },
  ],
  'XSW3: a forged assertion before the signed one': [
    ['assertion', 'both'],
    (xml, name) => around(xml, name(evil(bare(assertionIn(xml)))) + assertionIn(xml)),
  ],
  'XSW4: the signed assertion in a forged one': [
    ['assertion', 'both'],
    (xml, name) => around(xml, beforeEnd(name(evil(bare(assertionIn(xml)))), 'saml:Assertion', assertionIn(xml))),
  ],
  'XSW5: a forged assertion with the signature, the signed one behind it': [
    ['assertion', 'both'],
    (xml, name) => {
      const [whole, signature] = [assertionIn(xml), signatureIn(assertionIn(xml))]
      return around(xml, afterIssuer(name(evil(bare(whole))), signature) + whole.replace(signature, ''))
    },
  ],
  'XSW6: a forged assertion with the signature, the signed one in it': [
    ['assertion', 'both'],
    (xml, name) => {
      const [whole, signature] = [assertionIn(xml), signatureIn(assertionIn(xml))]
      return around(xml, afterIssuer(name(evil(bare(whole))), intoSignature(signature, whole.replace(signature, ''))))
    },
  ],
  'XSW7: a forged assertion in the extensions': [
    ['assertion', 'both'],
    (xml, name) => around(xml, `<samlp:Extensions>${name(evil(bare(assertionIn(xml))))}</samlp:Extensions>${assertionIn(xml)}`),
  ],
  'XSW8: the signed assertion in an Object of the signature of a forged one': [
    ['assertion', 'both'],
    (xml, name) => {
      const [whole, signature] = [assertionIn(xml), signatureIn(assertionIn(xml))]
      return around(
        xml,
        afterIssuer(name(evil(bare(whole))), intoSignature(signature, `<ds:Object>${whole.replace(signature, '')}</ds:Object>`)),
      )
    },
  ],
}
export const ids: Record<string, (xml: string) => string> = { 'an ID of its own': renamed, 'the same ID': (xml) => xml }

const DTD = '<!DOCTYPE x [<!ENTITY who "eve@corp.example">]>'
const to = (text: string | RegExp, by: string) => (xml: string) => xml.replace(text, () => by)
/** Changes of a signed text. */
export const edits: Record<string, (xml: string) => string> = {
  'another name': evil,
  'one more group': to('<saml:AttributeValue>staff<', '<saml:AttributeValue>owners</saml:AttributeValue><saml:AttributeValue>staff<'),
  'a longer validity': to(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="${inSeconds(900)}"`),
  'a comment in the name': to('>ada@corp.example</saml:NameID>', '>ada@corp.example<!---->.evil.example</saml:NameID>'),
  'a comment that cuts the name': to('>ada@corp.example</saml:NameID>', '>ada<!-- x -->@corp.example</saml:NameID>'),
  'a comment that changes nothing': to('<saml:Conditions', '<!-- x --><saml:Conditions'),
  'a comment behind the root': (xml) => `${xml}<!-- x -->`,
  'CDATA in the name': to('>ada@corp.example</saml:NameID>', '><![CDATA[ada@corp.example]]></saml:NameID>'),
  'CDATA beside the name': to('>ada@corp.example</saml:NameID>', '><![CDATA[eve]]>ada@corp.example</saml:NameID>'),
  'a processing instruction in the name': to('>ada@corp.example</saml:NameID>', '>ada@corp.example<?x y?>.evil.example</saml:NameID>'),
  'a processing instruction before': (xml) => `<?x y?>${xml}`,
  'a document type': (xml) => `<!DOCTYPE x>${xml}`,
  'a document type with an entity': (xml) => `${DTD}${xml}`,
  'an entity as the name': (xml) => DTD + xml.replace('ada@corp.example', '&who;'),
  'an outside entity': (xml) => `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml.replace('ada@corp.example', '&a;')}`,
  'a bomb of entities': (xml) => `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>${xml.replace('ada@corp.example', '&b;')}`,
  'an unknown entity': to('ada@corp.example', '&who;'),
  'another encoding': (xml) => `<?xml version="1.0" encoding="UTF-16"?>${xml}`,
  'XML 1.1': (xml) => `<?xml version="1.1"?>${xml}`,
  'no signature': bare,
  'no signature and another name': (xml) => evil(bare(xml)),
  'an empty signature': to(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>'),
  'a changed signature': (xml) => xml.replace(/<ds:SignatureValue>(.)/, (_, first) => `<ds:SignatureValue>${first === 'A' ? 'B' : 'A'}`),
  'another digest': to(/<ds:DigestValue>[^<]*/, '<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='),
  'two digests': (xml) => xml.replace(/(<ds:DigestValue>[^<]*<\/ds:DigestValue>)/, '$1$1'),
  'a comment in the digest': to('<ds:DigestValue>', '<ds:DigestValue><!-- x -->'),
  'two references': (xml) => xml.replace(/(<ds:Reference [\s\S]*?<\/ds:Reference>)/, '$1$1'),
  'two SignedInfo': (xml) => xml.replace(/(<ds:SignedInfo>[\s\S]*?<\/ds:SignedInfo>)/, '$1$1'),
  'two signatures': (xml) => xml.replace(/(<ds:Signature [\s\S]*?<\/ds:Signature>)/, '$1$1'),
  'a signature in the status': (xml) => xml.replace('<samlp:StatusCode', () => `${signatureIn(xml)}<samlp:StatusCode`),
  'a signature of another namespace': (xml) =>
    xml.replaceAll('xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', 'xmlns:ds="http://evil.example"'),
  'a reference to nothing': to(/<ds:Reference URI="[^"]*"/, '<ds:Reference URI=""'),
  'a reference to another element': to(/<ds:Reference URI="[^"]*"/, '<ds:Reference URI="#_other"'),
  'a reference by XPointer': (xml) => xml.replace(/<ds:Reference URI="#([^"]*)"/, '<ds:Reference URI="#xpointer(id(\'$1\'))"'),
  'a reference outside': to(/<ds:Reference URI="[^"]*"/, '<ds:Reference URI="https://evil.example/x"'),
  'a reference with a quote': to(/<ds:Reference URI="[^"]*"/, "<ds:Reference URI=\"#x' or '1'='1\""),
  'no reference at all': to(/<ds:Reference [\s\S]*?<\/ds:Reference>/, ''),
  'SHA-1 by name': (xml) => xml.replace(/xmldsig-more#rsa-sha256/, 'xmldsig#rsa-sha1'),
  'HMAC by name': to('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
  'no algorithm': to(/<ds:SignatureMethod Algorithm="[^"]*"/, '<ds:SignatureMethod Algorithm="none"'),
  'a digest by MD5': to('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#md5'),
  'one transform more': to('<ds:Transforms>', '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'),
  'a transform by XPath': to(
    /<ds:Transform Algorithm="[^"]*enveloped[^"]*"\/>/,
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><x>1</x></ds:Transform>',
  ),
  'no transforms': to(/<ds:Transforms>[\s\S]*?<\/ds:Transforms>/, '<ds:Transforms></ds:Transforms>'),
  'an object in the signature': (xml) => xml.replace(signatureIn(xml), intoSignature(signatureIn(xml), '<ds:Object><x/></ds:Object>')),
  'two roots': (xml) => xml + xml,
  'a forged root before': (xml) => evil(bare(xml)) + xml,
  'a forged root behind': (xml) => xml + evil(bare(xml)),
  'a forged Response in the Response': (xml) => beforeEnd(xml, 'samlp:Response', renamed(evil(bare(xml)))),
  'an unsigned assertion behind': (xml) => beforeEnd(xml, 'samlp:Response', renamed(evil(bare(assertionIn(xml))))),
  'an unsigned assertion first': (xml) => around(xml, renamed(evil(bare(assertionIn(xml)))) + assertionIn(xml)),
  'an assertion of another namespace first': (xml) =>
    around(xml, `<x:Assertion xmlns:x="http://evil.example" ID="_x"/>${assertionIn(xml)}`),
  'the assertion one level down': (xml) => around(xml, `<samlp:Extensions>${assertionIn(xml)}</samlp:Extensions>`),
  'no assertion': (xml) => around(xml, ''),
  'an ID twice in other cases': (xml) => xml.replace('<saml:Subject>', () => `<saml:Subject id="${/ ID="([^"]*)"/.exec(xml)?.[1]}">`),
  'an xml:id twice': (xml) => xml.replace('<saml:Subject>', () => `<saml:Subject xml:id="${/ ID="([^"]*)"/.exec(assertionIn(xml))?.[1]}">`),
  'an attribute twice': to('<saml:Conditions ', '<saml:Conditions NotBefore="2020-01-01T00:00:00Z" '),
  'another root': (xml) => xml.replaceAll('samlp:Response', 'samlp:ArtifactResponse'),
  'another protocol': (xml) => xml.replaceAll('SAML:2.0:protocol', 'SAML:1.0:protocol'),
  'not closed': (xml) => xml.slice(0, -2),
  'a control character': to('ada@', 'ada\u0001@'),
  'too much': (xml) => beforeEnd(xml, 'samlp:Response', ' '.repeat(260 * 1024)),
  'too deep': (xml) => beforeEnd(xml, 'samlp:Response', `<samlp:Extensions>${'<x>'.repeat(60)}${'</x>'.repeat(60)}</samlp:Extensions>`),
  'too many elements': (xml) => beforeEnd(xml, 'samlp:Response', `<samlp:Extensions>${'<x/>'.repeat(11_000)}</samlp:Extensions>`),
}
