/**
 * XML of SAML, read strictly into a tree: what two parsers might read differently (document types, entities, comments, CDATA, instructions) is
 * refused before the library that verifies signatures sees the text.
 */
import { type SaxesAttributeNS, SaxesParser } from 'saxes'

/** Bytes of a message or of metadata. */
export const LARGEST = 256 * 1024
const DEEPEST = 40
const MOST_ELEMENTS = 10_000

export const namespaces = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const

export interface Element {
  /** Without the prefix. */
  name: string
  uri: string
  parent: Element | undefined
  children: Element[]
  /** Its own text, without that of its children. */
  text: string
  attributes: SaxesAttributeNS[]
}

/** A document that is not as strict as it must be, with words that say how. */
export class InvalidXml extends Error {}

/**
 * @param accepted comments stand in metadata that people wrote; in a message they would part its texts
 * @throws InvalidXml
 */
export function parseXml(xml: string, accepted = { comments: false }): Element {
  if (Buffer.byteLength(xml) > LARGEST) throw new InvalidXml(`has more than ${LARGEST / 1024} KB`)
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: Element[] = []
  let root: Element | undefined
  let count = 0
  const refuse = (what: string) => () => {
    throw new InvalidXml(`has ${what}, which is not accepted`)
  }
  parser.on('error', () => {
    throw new InvalidXml('is not well-formed XML with namespaces')
  })
  parser.on('xmldecl', ({ version, encoding = 'UTF-8' }) => {
    if (version !== '1.0' || encoding.toUpperCase() !== 'UTF-8') throw new InvalidXml('must be XML 1.0 in UTF-8')
  })
  parser.on('doctype', refuse('a document type'))
  parser.on('processinginstruction', refuse('a processing instruction'))
  if (!accepted.comments) parser.on('comment', refuse('a comment'))
  parser.on('cdata', refuse('a CDATA section'))
  parser.on('opentag', (tag) => {
    if (open.length >= DEEPEST || ++count > MOST_ELEMENTS) throw new InvalidXml('has too many elements')
    const parent = open.at(-1)
    const element = { name: tag.local, uri: tag.uri, parent, children: [], text: '', attributes: Object.values(tag.attributes) }
    parent?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element) element.text += text
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(xml).close()
  if (!root) throw new InvalidXml('is empty')
  return root
}

/** Decodes bytes as UTF-8 with the line ends that XML gives every document. @throws InvalidXml */
export function decodeXml(bytes: Uint8Array): string {
  if (bytes.length > LARGEST) throw new InvalidXml(`has more than ${LARGEST / 1024} KB`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n')
  } catch {
    throw new InvalidXml('must be XML 1.0 in UTF-8')
  }
}

/** Every element, the root first. */
export function* within(element: Element): Generator<Element> {
  yield element
  for (const child of element.children) yield* within(child)
}

/** The children of this name. */
export const childrenOf = (element: Element, name: string, uri: string): Element[] =>
  element.children.filter((child) => child.name === name && child.uri === uri)

/** The child of this name where there is exactly one. */
export function onlyChild(element: Element, name: string, uri: string): Element | undefined {
  const [first, ...others] = childrenOf(element, name, uri)
  return others.length === 0 ? first : undefined
}

/** The value of an attribute without a namespace. */
export const attributeOf = (element: Element | undefined, name: string): string | undefined =>
  element?.attributes.find((one) => one.uri === '' && one.local === name)?.value

/** The text of an element that has no children. */
export const textOf = (element: Element | undefined): string | undefined =>
  element?.children.length === 0 ? element.text.trim() : undefined
