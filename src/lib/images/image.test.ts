/** Images by their bytes: whole ones are taken and hold nothing but the image; cut, damaged, disguised and double ones are refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { bitmap, chunk, ico, jpeg, jpegSegment, png, signature, svg } from '../../../test/images.ts'
import { runsOr, seed } from '../../../test/properties.ts'
import { readFavicon, readLogo } from './image.ts'
import { InvalidImage } from './invalid-image.ts'

const runs = runsOr(300)
const refuse = (read: Promise<unknown>, what: string) =>
  assert.rejects(read, (error) => error instanceof InvalidImage && error.message !== '', what)
const zip = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1')
const html = Buffer.from('<script>alert(1)</script>')

test('a logo is what its bytes are', async () => {
  const palette = chunk('PLTE', Buffer.alloc(3))
  const logos: [string, Buffer, string][] = [
    ['a PNG', png(), 'image/png'],
    ['a PNG with a palette', png({ depth: 1, colour: 3, before: [palette], lines: Buffer.alloc(16 * 3) }), 'image/png'],
    ['a JPEG', jpeg(), 'image/jpeg'],
    ['a progressive JPEG', jpeg({ frame: 0xc2 }), 'image/jpeg'],
    ['an SVG', Buffer.from(svg), 'image/svg+xml'],
    ['an SVG behind a mark of its encoding', Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-8"?>\n${svg}`), 'image/svg+xml'],
  ]
  for (const [what, bytes, type] of logos) {
    const image = await readLogo(bytes)
    assert.equal(image.type, type, what)
    assert.deepEqual(await readLogo(image.content), image, `${what} read again is the same`)
  }
  assert.deepEqual((await readLogo(png())).content, png(), 'of a PNG of nothing but its image nothing is left out')
  assert.deepEqual((await readLogo(jpeg())).content, jpeg())
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('GIF89a'),
    Buffer.from('%PDF-1.7'),
    zip,
    Buffer.from('logo'),
    ico(),
    Buffer.from('RIFF\0\0\0\0WEBP'),
  ])
    await refuse(readLogo(bytes), bytes.toString('latin1'))
  for (const bytes of [png(), jpeg(), Buffer.from(svg)]) await refuse(readFavicon(bytes), 'a favicon is an ICO')
})

test('the passes of an interlaced PNG are counted', async () => {
  // The columns and rows of the seven passes over 5×3, fifteen pixels in all; each line has its filter.
  const passes = [
    [1, 1],
    [1, 1],
    [0, 0],
    [1, 1],
    [3, 1],
    [2, 2],
    [5, 1],
  ]
  const bytes = passes.reduce((sum, [columns = 0, rows = 0]) => sum + (columns && rows * (1 + 4 * columns)), 0)
  await readLogo(png({ width: 5, height: 3, interlace: 1, lines: Buffer.alloc(bytes) }))
  await refuse(readLogo(png({ width: 5, height: 3, interlace: 1, lines: Buffer.alloc(bytes - 1) })), 'a byte short')
})

test('what draws nothing is left out', async () => {
  const noted = [chunk('tEXt', html), chunk('eXIf', zip), chunk('prVt', zip), chunk('iCCP', html)]
  assert.deepEqual((await readLogo(png({ before: noted, after: noted }))).content, png())
  const density = chunk('pHYS', Buffer.alloc(9))
  assert.deepEqual((await readLogo(png({ before: [density] }))).content, png({ before: [density] }), 'this says how the image is shown')
  const extra = [jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), html])), jpegSegment(0xfe, zip), jpegSegment(0xef, html)]
  const jfif = jpegSegment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1'))
  assert.deepEqual((await readLogo(jpeg({ extra: [jfif, ...extra] }))).content, jpeg({ extra: [jfif] }))
  const noisy = ico([{ image: png({ before: noted }) }, { side: 32 }])
  assert.deepEqual((await readFavicon(noisy)).content, ico([{ image: png() }, { side: 32 }]))
})

test('something behind or between is refused, whatever it is', async () => {
  for (const more of [html, zip, Buffer.from([0]), png(), Buffer.from('\n')]) {
    await refuse(readLogo(Buffer.concat([png(), more])), 'behind a PNG')
    await refuse(readLogo(Buffer.concat([jpeg(), more])), 'behind a JPEG')
    await refuse(readFavicon(ico([{}], more)), 'behind an ICO')
    await refuse(readFavicon(ico([{ image: Buffer.concat([bitmap(), more]) }])), 'behind a bitmap')
    await refuse(readFavicon(ico([{ image: Buffer.concat([png(), more]) }])), 'behind a PNG in an ICO')
  }
  for (const before of [html, zip]) await refuse(readLogo(Buffer.concat([before, png()])), 'before a PNG')
  await refuse(readLogo(png({ data: Buffer.concat([deflateSync(Buffer.alloc(16 * 65)), zip]) })), 'behind the data of a PNG')
  await refuse(readLogo(png({ lines: Buffer.alloc(16 * 65 + 1) })), 'lines too many')
})

test('whatever is cut off is missed', async () => {
  for (const [what, bytes, read] of [
    ['PNG', png({ before: [chunk('pHYS', Buffer.alloc(9))] }), readLogo],
    ['JPEG', jpeg(), readLogo],
    ['SVG', Buffer.from(svg), readLogo],
    ['ICO', ico([{ image: png() }, { side: 32 }]), readFavicon],
  ] as const)
    for (let length = 0; length < bytes.length; length += what === 'ICO' && length > 200 ? 97 : 1)
      await refuse(read(bytes.subarray(0, length)), `${length} bytes of a ${what}`)
  await refuse(readLogo(png({ lines: Buffer.alloc(16 * 65 - 1) })), 'a byte of the lines')
  await refuse(readLogo(png({ data: deflateSync(Buffer.alloc(16 * 65)).subarray(0, -5) })), 'the end of the data')
})

test('a PNG that is none is refused', async () => {
  const bad: Record<string, Buffer> = {
    'a wrong checksum': Buffer.from(png().with(40, 1)),
    'no pixels': png({ width: 0, lines: Buffer.alloc(9) }),
    'more pixels than can be shown': png({ width: 2 ** 20, height: 2 ** 20, lines: Buffer.alloc(9) }),
    'a bomb': png({ width: 16, height: 16, lines: Buffer.alloc(50_000_000) }),
    'a depth that is none': png({ depth: 3 }),
    'a colour that is none': png({ colour: 5 }),
    'another way to interlace': png({ interlace: 2 }),
    'no palette': png({ depth: 1, colour: 3, lines: Buffer.alloc(16 * 3) }),
    'an unknown chunk that must be known': png({ before: [chunk('CRIT')] }),
    'a chunk that is long where it is short': png({ before: [chunk('pHYS', Buffer.alloc(100))] }),
    'a chunk twice': png({ before: [chunk('sRGB', Buffer.alloc(1)), chunk('sRGB', Buffer.alloc(1))] }),
    'two headers': png({ before: [chunk('IHDR', Buffer.alloc(13))] }),
    'data in two places': png({ after: [chunk('pHYS', Buffer.alloc(9)), chunk('IDAT')] }),
    'no data': Buffer.concat([png().subarray(0, 33), chunk('IEND')]),
    'data that is none': png({ data: Buffer.from('no data') }),
    'no header': Buffer.concat([signature, chunk('IEND')]),
    'chunks without end': Buffer.concat([png().subarray(0, 33), ...Array<Buffer>(20_000).fill(chunk('prVt')), png().subarray(33)]),
  }
  for (const [what, bytes] of Object.entries(bad)) await refuse(readLogo(bytes), what)
})

test('a JPEG that is none is refused', async () => {
  const frame = (body: number[]) => Buffer.concat([Buffer.from([0xff, 0xd8]), jpegSegment(0xc0, Buffer.from(body)), jpeg().subarray(2)])
  const bad: Record<string, Buffer> = {
    'nothing but its ends': Buffer.from([0xff, 0xd8, 0xff, 0xd9]),
    'two frames': frame([8, 0, 16, 0, 16, 1, 1, 0x11, 0]),
    'arithmetic coding': jpeg({ frame: 0xc9 }),
    'a lossless one': jpeg({ frame: 0xc3 }),
    'an end within an end': jpeg({ scan: Buffer.from([1, 0xff, 0xd9, 2]) }),
    'a beginning within the scan': jpeg({ scan: Buffer.from([1, 0xff, 0xd8, 2]) }),
    'a segment of no length': jpeg({ extra: [Buffer.from([0xff, 0xfe, 0, 1])] }),
    'segments without end': jpeg({ extra: Array<Buffer>(20_000).fill(jpegSegment(0xdd, Buffer.alloc(0))) }),
    'bytes between segments': jpeg({ extra: [Buffer.from('x')] }),
  }
  for (const [what, bytes] of Object.entries(bad)) await refuse(readLogo(bytes), what)
  await readLogo(jpeg({ extra: [Buffer.from([0xff, 0xff, 0xff])] })) // bytes that fill are no bytes between
})

test('an ICO needs an image of 16×16, and each image what its entry says', async () => {
  for (const images of [
    [{}],
    [{ image: png() }],
    [{ side: 32 }, {}],
    [{ image: bitmap(16, 8) }],
    [{ image: bitmap(16, 24) }],
    [{ image: bitmap().subarray(0, -64) }],
  ])
    assert.equal((await readFavicon(ico(images))).type, 'image/x-icon')
  const overlapping = ico([{}, {}])
  overlapping.writeUInt32LE(overlapping.readUInt32LE(6 + 12), 22 + 12)
  const bad: Record<string, Buffer> = {
    'another size': ico([{ side: 32 }]),
    'no image': ico([]),
    'an entry that lies': ico([{ image: bitmap(32) }]),
    'an entry that lies of a PNG': ico([{ image: png({ width: 32, height: 32 }) }]),
    'a cursor': Buffer.from(ico().with(2, 2)),
    'one image twice': overlapping,
    'a gap': Buffer.from(ico([{}], Buffer.alloc(4)).with(6 + 12, 26)),
    'no bitmap': ico([{ image: Buffer.alloc(40) }]),
    'a compressed bitmap': ico([{ image: Buffer.from(bitmap().with(16, 1)) }]),
    'a palette too large': ico([{ image: Buffer.from(bitmap().with(32, 9)) }]),
    html: ico([{ image: html }]),
  }
  for (const [what, bytes] of Object.entries(bad)) await refuse(readFavicon(bytes), what)
})

test('of an image with any bytes changed comes an image that is its own clean one, or a refusal', async () => {
  const whole = [png({ before: [chunk('pHYS', Buffer.alloc(9))] }), jpeg(), ico([{ image: png() }, { side: 32 }])]
  const spoilt = fc.tuple(
    fc.constantFrom(...whole),
    fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
    fc.uint8Array({ maxLength: 3 }),
  )
  await fc.assert(
    fc.asyncProperty(spoilt, async ([bytes, changes, more]) => {
      const copy = Buffer.concat([bytes, more])
      for (const [at, value] of changes) copy[at % copy.length] = value
      for (const read of [readLogo, readFavicon]) {
        const image = await read(copy).catch((error) => assert.ok(error instanceof InvalidImage, error as Error))
        if (image !== undefined) assert.deepEqual(await read(image.content), image)
      }
    }),
    { numRuns: runs, ...seed },
  )
})
