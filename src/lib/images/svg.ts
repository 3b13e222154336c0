/** SVG: parsed as strict XML and rewritten from an allowlist, so that nothing passes because it was not thought of. DOMPurify needs a DOM, and svgo does not sanitize. */
import { setImmediate } from 'node:timers/promises'
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { InvalidImage } from './invalid-image.ts'
import { attributes, elements, functions, shapes, texts } from './svg.names.ts'

const SVG = 'http://www.w3.org/2000/svg'
const XLINK = 'http://www.w3.org/1999/xlink'
const DEEPEST = 100
/** Attributes of one element. */
const MOST_ATTRIBUTES = 200
/** Characters parsed per turn of the event loop. */
const SLICE = 8 * 1024
/** The longest reference within CSS, and how far before its bracket the name of a function is searched; both are far more than occurs. */
const LONGEST_NAME = 200
const NEAR = 32
const name = /^[\w.:-]+$/

/**
 * Removes what is not allowed, with its contents: scripts, handlers, foreign objects, images, links, animations, references out of the
 * image, comments, instructions, the document type.
 * @throws InvalidImage if it is not a well-formed SVG in UTF-8, defines entities, or draws nothing once cleaned
 */
export async function cleanSvg(bytes: Buffer): Promise<Buffer> {
  const text = decode(bytes)
  const cleaner = createCleaner()
  for (let at = 0; at < text.length; at += SLICE) {
    cleaner.write(text.slice(at, at + SLICE))
    await setImmediate()
  }
  return Buffer.from(cleaner.end())
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InvalidImage('An SVG must be in UTF-8.')
  }
}

/** A kept element that is not closed yet. */
interface Open {
  name: string
  id: string | undefined
}

function createCleaner() {
  const out: string[] = []
  const open: Open[] = []
  /** Depth within a removed element. */
  let skipped = 0
  /** Whether the last tag written still lacks its `>`. */
  let pending = false
  /** The style sheet of an open `style`, which is written at its end if harmless. */
  let style = ''
  let draws = false
  let given = 0
  const used = new Set<string>()
  const using = new Set<string>()

  const write = (text: string) => {
    out.push(pending ? `>${text}` : text)
    pending = false
  }

  function begin(tag: SaxesTagNS) {
    if (open.length + skipped >= DEEPEST) throw new InvalidImage('The elements are nested too deeply.')
    const isRoot = open.length === 0
    if (isRoot && (tag.uri !== SVG || tag.local !== 'svg')) throw new InvalidImage(`The root must be svg of the namespace ${SVG}.`)
    if (skipped > 0 || tag.uri !== SVG || !elements.has(tag.local) || open.at(-1)?.name === 'style') {
      skipped++
      return
    }
    const kept = attributesOf(tag)
    open.push({ name: tag.local, id: kept.get('id') })
    if (tag.local === 'style') return
    const target = kept.get('href')
    if (tag.local === 'use' && target !== undefined) {
      used.add(target.slice(1))
      for (const { id } of open) if (id !== undefined) using.add(id)
    }
    draws ||= shapes.has(tag.local)
    write(`<${tag.local}${isRoot ? ` xmlns="${SVG}"` : ''}${[...kept].map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join('')}`)
    pending = true
  }

  function finish() {
    if (skipped > 0) {
      skipped--
      return
    }
    const element = open.pop()?.name
    if (element === 'style') {
      if (isHarmless(style)) write(`<style>${escapeText(style)}</style>`)
      style = ''
    } else if (pending) {
      out.push('/>')
      pending = false
    } else write(`</${element}>`)
  }

  function characters(text: string) {
    const element = open.at(-1)?.name
    if (skipped > 0 || element === undefined) return
    if (element === 'style') style += text
    else if (text !== '' && texts.has(element)) write(escapeText(text))
  }

  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true })
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) throw new InvalidImage('An SVG must be in UTF-8.')
  })
  parser.on('doctype', (text) => {
    if (text.includes('[')) throw new InvalidImage('The document type may define nothing.')
  })
  parser.on('error', ({ message }) => {
    throw new InvalidImage(`This is no well-formed XML: ${message}`)
  })
  parser.on('opentagstart', () => {
    given = 0
  })
  parser.on('attribute', () => {
    if (++given > MOST_ATTRIBUTES) throw new InvalidImage(`An element has more than ${MOST_ATTRIBUTES} attributes.`)
  })
  parser.on('opentag', begin)
  parser.on('closetag', finish)
  parser.on('text', characters)
  parser.on('cdata', characters)

  return {
    write: (text: string) => parser.write(text),
    end() {
      parser.close()
      // One level is plenty: ten levels of ten uses each would draw ten thousand million shapes.
      if (used.intersection(using).size > 0) throw new InvalidImage('What is used may use nothing itself.')
      if (!draws) throw new InvalidImage('The image draws nothing that may be kept.')
      return out.join('')
    },
  }
}

/** Returns the allowed attributes. Writes references as `href`, including those by the older xlink:href. */
function attributesOf({ local: element, attributes: given }: SaxesTagNS): Map<string, string> {
  const kept = new Map<string, string>()
  for (const { uri, local, value } of Object.values(given)) {
    const isReference = local === 'href' && (uri === '' || uri === XLINK)
    if (isReference) {
      if (value.startsWith('#') && name.test(value.slice(1)) && !kept.has('href')) kept.set('href', value)
    } else if (uri === '' && attributes.has(local) && element !== 'style') {
      if (local === 'id' ? name.test(value) : isHarmless(value)) kept.set(local, value)
    }
  }
  return kept
}

/**
 * Returns whether a CSS value or style sheet refers to nothing outside the image: no addresses, no @ rules, no escapes or comments that
 * hide names, no functions but the listed ones, and `url` only of a part of the image.
 */
function isHarmless(css: string): boolean {
  if (/[@\\<]|\/[*/]|(script|data)\s*:/i.test(css)) return false
  // Looks at each bracket once: a pattern that starts at every character takes minutes for a megabyte of them.
  for (let at = css.indexOf('('); at >= 0; at = css.indexOf('(', at + 1)) {
    const [called = ''] =
      /[\w-]*$/.exec(
        css
          .slice(Math.max(0, at - NEAR), at)
          .trimEnd()
          .toLowerCase(),
      ) ?? []
    if (!functions.has(called)) return false
    if (called === 'url' && !/^\s*(["']?)#[\w.:-]+\1\s*\)/.test(css.slice(at + 1, at + 1 + LONGEST_NAME))) return false
  }
  return true
}

const escapeText = (text: string) => text.replace(/[&<>\r]/g, escaped)
const escapeValue = (text: string) => text.replace(/[&<>"\t\n\r]/g, escaped)
const escaped = (character: string) => `&#${character.charCodeAt(0)};`
