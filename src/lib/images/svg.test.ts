/** The SVG cleaner: whatever goes in, what comes out parses again, stays as it is when cleaned again, and holds nothing that acts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { runsOr, seed } from '../../../test/properties.ts'
import { InvalidImage } from './invalid-image.ts'
import { cleanSvg } from './svg.ts'

const runs = runsOr(400)
const SVG = 'http://www.w3.org/2000/svg'
const clean = async (text: string) => (await cleanSvg(Buffer.from(text))).toString()
const around = (inner: string) => `<svg xmlns="${SVG}" xmlns:xlink="http://www.w3.org/1999/xlink">${inner}<path d="M0 0"/></svg>`

/** Looks at the output with eyes of its own, which share no list with the cleaner. */
function assertHarmless(text: string) {
  const parser = new SaxesParser({ xmlns: true })
  const fail = (what: string) => assert.fail(`${what} in ${text.slice(0, 2000)}`)
  parser.on('error', ({ message }) => fail(message))
  parser.on('doctype', () => fail('a document type'))
  parser.on('processinginstruction', () => fail('an instruction'))
  parser.on('comment', () => fail('a comment'))
  let element = ''
  parser.on('opentag', ({ uri, local, prefix, attributes }) => {
    element = local
    if (uri !== SVG || prefix !== '') fail(`<${prefix}:${local}> of ${uri}`)
    if (/script|foreign|image|^a$|animate|^set$|iframe|object|embed|audio|video|link|handler|discard|cursor|view|metadata/i.test(local))
      fail(`<${local}>`)
    for (const { name, value } of Object.values(attributes)) {
      if (/^on/i.test(name)) fail(`the handler ${name}`)
      if (/href|src|data|action/i.test(name) && !/^#[\w.:-]+$/.test(value)) fail(`${name}="${value}"`)
      if (name.includes(':')) fail(name)
      if (name !== 'xmlns') styles(value)
    }
  })
  const styles = (value: string) => {
    for (const [, to = ''] of value.matchAll(/url\s*\(\s*["']?\s*([^"')]*)/gi)) if (!to.startsWith('#')) fail(`url(${to})`)
    if (/@import|expression|javascript:|https?:|data:|\\/i.test(value)) fail(value)
  }
  parser.on('closetag', () => {
    element = ''
  })
  parser.on('text', (value) => element === 'style' && styles(value))
  parser.on('cdata', () => fail('CDATA'))
  parser.write(text).close()
}

const evil = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\u0001javascript:alert(1)',
  'java\nscript:x',
  'https://evil.example/x',
  '//evil.example',
  'data:text/html,<script>1</script>',
  'data:image/svg+xml;base64,PHN2Zz4=',
  '#ok',
  '#',
  '# x',
  'x#y',
  'url(#ok)',
  'url(https://evil.example)',
  'url( "//evil" )',
  'URL(x)',
  'u\\72l(x)',
  'ur/**/l(x)',
  'rgb(url(https://evil.example))',
  'image-set("x" 1x)',
  'url(#a) url(//b)',
  "url('#a')",
  'url("#a\' x")',
  '@import "x"',
  '</style><script>1</script>',
  ']]>',
  'red',
  'M0 0',
  '0',
  '"',
  "'",
  '&',
  '<',
  '\t',
  '\r\n',
  '\u2028',
  '😀',
  'expression(1)',
  'fill:url(#a);background:url(x)',
  '.a{fill:red}',
  '.a{fill:url(#b)}',
  '@font-face{src:url(x)}',
  '*{cursor:url(x),auto}',
  'a>b{fill:red}',
]
const names = [
  'svg',
  'g',
  'path',
  'rect',
  'use',
  'text',
  'tspan',
  'style',
  'title',
  'defs',
  'symbol',
  'switch',
  'linearGradient',
  'stop',
  'filter',
  'feImage',
  'script',
  'foreignObject',
  'image',
  'a',
  'animate',
  'set',
  'iframe',
  'h:script',
  'h:div',
  's:path',
  's:script',
  'x:g',
  'metadata',
  'SCRIPT',
  'constructor',
  '__proto__',
  'toString',
]
const attributes = [
  'id',
  'class',
  'style',
  'fill',
  'd',
  'href',
  'xlink:href',
  'onload',
  'onclick',
  'ONLOAD',
  'transform',
  'mask',
  'filter',
  'src',
  'xml:base',
  'xml:space',
  'x:fill',
  'begin',
  'attributeName',
  'to',
  'requiredExtensions',
  'systemLanguage',
  'constructor',
  '__proto__',
  'xmlns:x',
  'xmlns:s',
  'xmlns',
  'type',
  'data-x',
]

const value = fc.oneof(
  fc.constantFrom(...evil),
  fc.constantFrom('a', 'b', '#a', '#b', SVG, 'http://www.w3.org/1999/xhtml'),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
/** Of what XML can hold. */
const escaped = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<"']/g, (one) => `&#${one.charCodeAt(0)};`)
const attribute = fc.tuple(fc.constantFrom(...attributes), value).map(([name, of]) => ({ name, text: `${name}="${escaped(of)}"` }))
const attributeList = fc
  .uniqueArray(attribute, { maxLength: 5, selector: ({ name }) => name })
  .map((list) => list.map(({ text }) => ` ${text}`).join(''))
const { node } = fc.letrec<{ node: string; element: string; text: string }>((tie) => ({
  node: fc.oneof({ maxDepth: 6, withCrossShrink: true }, tie('text'), tie('element')),
  text: fc.oneof(
    value.map(escaped),
    fc.constantFrom(
      '<!-- x -->',
      '<?x y?>',
      '<![CDATA[<script>1</script>]]>',
      '<![CDATA[]]]]><![CDATA[>]]>',
      '&#x3c;script&#x3e;',
      '&lt;',
      '<?xml-stylesheet href="x"?>',
    ),
    value.map((one) => `<![CDATA[${one.replaceAll(']]>', '').replace(/[^\t\n\r\u0020-\ud7ff]/gu, '')}]]>`),
  ),
  element: fc
    .tuple(fc.constantFrom(...names), attributeList, fc.array(tie('node'), { maxLength: 4 }))
    .map(([name, attributes, inner]) => `<${name}${attributes}>${inner.join('')}</${name}>`),
}))
const document = fc
  .tuple(
    fc.constantFrom('', '<?xml version="1.0"?>', '<?xml version="1.1"?>', '<!DOCTYPE svg>', '\ufeff'),
    attributeList,
    fc.array(node, { maxLength: 6 }),
  )
  .map(([before, more, inner]) => {
    const root = more.replace(/ xmlns(:\w+)?="[^"]*"/g, '')
    return `${before}<svg xmlns="${SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:s="${SVG}" xmlns:x="urn:x" xmlns:h="http://www.w3.org/1999/xhtml"${root}>${inner.join('')}<path d="M0 0h1v1z"/></svg>`
  })

test('of any document that is taken the clean one parses, is harmless and is its own clean one', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(document, async (text) => {
      const first = await clean(text).catch((error) => assert.ok(error instanceof InvalidImage, error as Error))
      if (first === undefined) return
      taken++
      assertHarmless(first)
      assert.equal(await clean(first), first, 'cleaning twice differs from cleaning once')
    }),
    { numRuns: runs, ...seed },
  )
  assert.ok(taken > runs / 4, `only ${taken} of ${runs} documents were taken: the generator makes too much that is refused`)
})

test('any bytes are cleaned or refused, and nothing else happens', async () => {
  const whole = Buffer.from(
    around(`<g id="a" style="fill:red"><use xlink:href="#b"/><text>x&amp;y</text></g><style>.a{fill:url(#b)}</style>`),
  )
  const spoilt = fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 })).map(([at, bytes]) => {
    const copy = Buffer.from(whole)
    copy.set(bytes.subarray(0, copy.length - at), at)
    return copy
  })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        spoilt,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
      async (bytes) => {
        const out = await cleanSvg(bytes).catch((error) => assert.ok(error instanceof InvalidImage, error as Error))
        if (out !== undefined) assertHarmless(out.toString())
      },
    ),
    { numRuns: runs, ...seed },
  )
})

test('what programs for drawing write stays', async () => {
  const kept = {
    'shapes and groups': '<g id="a" class="st0" transform="translate(1 2) rotate(45)"><circle cx="1" cy="2" r="3" fill="url(#g)"/></g>',
    gradients: '<defs><linearGradient id="g" gradientUnits="userSpaceOnUse"><stop offset="0" stop-color="#fff"/></linearGradient></defs>',
    styles: '<style>.st0{fill:#F00;stroke:url(#g)}</style>',
    use: '<defs><rect id="r" width="1" height="1"/></defs><use href="#r" x="2"/>',
    text: '<text x="1" font-family="Arial">A &#38; B</text>',
    filters: '<filter id="f"><feGaussianBlur stdDeviation="2"/><feMerge><feMergeNode/></feMerge></filter>',
  }
  for (const [what, inner] of Object.entries(kept))
    assert.equal(await clean(around(inner)), `<svg xmlns="${SVG}">${inner}<path d="M0 0"/></svg>`, what)
})

test('what acts is left out, what is around it stays', async () => {
  const cut: Record<string, [string, string]> = {
    'a script': ['<script>alert(1)</script>', ''],
    'a script in another namespace': ['<script xmlns="http://www.w3.org/1999/xhtml">1</script>', ''],
    'a script under a prefix': [`<s:script xmlns:s="${SVG}">1</s:script><s:g xmlns:s="${SVG}"/>`, '<g/>'],
    handlers: ['<g onload="1" onclick="2" fill="red"/>', '<g fill="red"/>'],
    'a link with what it holds': ['<a href="javascript:1"><path/></a>', ''],
    'foreign objects': [
      '<switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml"/></foreignObject><g/></switch>',
      '<switch><g/></switch>',
    ],
    'a raster image': ['<image href="https://evil.example/x.png"/><image href="data:image/png;base64,AA"/>', ''],
    'outer references': ['<use href="https://evil.example/a.svg#b"/><use xlink:href="other.svg#b"/>', '<use/><use/>'],
    'outer fills': ['<g fill="url(https://evil.example/#a)" style="fill:url(//x)" mask="url(#m)"/>', '<g mask="url(#m)"/>'],
    'an animation': ['<path><animate attributeName="href" to="javascript:1"/><set attributeName="onload" to="1"/></path>', '<path/>'],
    'sheets that load': ['<style>@import "x";</style><style>.a{background:url(x)}</style><style>.a{fill:u\\72l(x)}</style><g/>', '<g/>'],
    'elements in sheets': ['<style>.a{<g>fill</g>:red}</style>', '<style>.a{:red}</style>'],
    comments: ['<!-- x --><?php echo 1 ?><g/>', '<g/>'],
    'bases and spaces': ['<g xml:base="https://evil.example" xml:space="preserve"/>', '<g/>'],
  }
  for (const [what, [inner, due]] of Object.entries(cut))
    assert.equal(await clean(around(inner)), `<svg xmlns="${SVG}">${due}<path d="M0 0"/></svg>`, what)
})

test('what cannot be read for sure is refused', async () => {
  const refused: Record<string, [string | Buffer, RegExp]> = {
    nothing: ['', /XML/],
    'no XML': ['<svg', /XML/],
    'an open element': [`<svg xmlns="${SVG}"><path>`, /XML/],
    'something behind': [`${around('')}<script>1</script>`, /XML/],
    'text behind': [`${around('')}PK\u0003\u0004`, /XML/],
    'no namespace': ['<svg><path/></svg>', /root/],
    'another root': ['<html xmlns="http://www.w3.org/1999/xhtml"/>', /root/],
    entities: [`<!DOCTYPE svg [<!ENTITY a "x">]>${around('<text>&a;</text>')}`, /document type/],
    'entities of elsewhere': [`<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]>${around('')}`, /document type/],
    'an unknown entity': [around('&nbsp;'), /XML/],
    'another encoding': [`<?xml version="1.0" encoding="utf-16"?>${around('')}`, /UTF-8/],
    'bytes of another encoding': [Buffer.from(around('\u00e9'), 'latin1'), /UTF-8/],
    'UTF-16': [Buffer.from(`\ufeff${around('')}`, 'utf16le'), /UTF-8/],
    'an image of nothing': [`<svg xmlns="${SVG}"><g/><script>1</script></svg>`, /draws nothing/],
    'a bomb of uses': [around('<g id="a"><path/></g><g id="b"><use href="#a"/><use href="#a"/></g><g id="c"><use href="#b"/></g>'), /used/],
    'a use of itself': [around('<g id="a"><use href="#a"/></g>'), /used/],
    'attributes without end': [around(`<g ${Array.from({ length: 300 }, (_, n) => `a${n}=""`).join(' ')}/>`), /attributes/],
    'nesting without end': [around(`${'<g>'.repeat(200)}${'</g>'.repeat(200)}`), /deep/],
    'nesting of what is left out': [around(`${'<a>'.repeat(200)}${'</a>'.repeat(200)}`), /deep/],
  }
  for (const [what, [text, why]] of Object.entries(refused))
    await assert.rejects(cleanSvg(Buffer.from(text as string)), (error) => error instanceof InvalidImage && why.test(error.message), what)
})

test('no megabyte is read more than once', async () => {
  const many = 1024 * 1024
  for (const value of [
    '('.repeat(many),
    '-'.repeat(many),
    'a '.repeat(many / 2),
    'url('.repeat(many / 4),
    'data '.repeat(many / 5),
    `rgb${' '.repeat(many)}(`,
  ])
    for (const inner of [`<g d="${value}"/>`, `<style>${value}</style>`, `<text>${value}</text>`])
      assertHarmless(await clean(around(inner)))
})
