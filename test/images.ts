/** Images and multipart bodies for tests, made by hand, byte by byte. */
import { crc32, deflateSync } from 'node:zlib'

export const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="#0a7cff"/></svg>'

export function chunk(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const inner = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(inner))
  return Buffer.concat([length, inner, sum])
}

export interface PngParts {
  width?: number
  height?: number
  depth?: number
  colour?: number
  interlace?: number
  /** The lines, each with its filter; transparent where it is left out. */
  lines?: Buffer
  /** Data as it stands in IDAT, in place of the deflated lines. */
  data?: Buffer
  /** Chunks between header and data. */
  before?: Buffer[]
  after?: Buffer[]
}

export const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

export function png({
  width = 16,
  height = 16,
  depth = 8,
  colour = 6,
  interlace = 0,
  lines,
  data,
  before = [],
  after = [],
}: PngParts = {}): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlace], 8)
  const pixels = data ?? deflateSync(lines ?? Buffer.alloc(height * (1 + 4 * width)))
  return Buffer.concat([signature, chunk('IHDR', header), ...before, chunk('IDAT', pixels), ...after, chunk('IEND')])
}

const segment = (marker: number, body: Buffer) => {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}
export const jpegSegment = segment

/** The form of a JPEG; that its scan means something nobody here asks. */
export function jpeg({
  extra = [],
  scan = Buffer.from([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]),
  frame = 0xc0,
}: {
  extra?: Buffer[]
  scan?: Buffer
  frame?: number
} = {}): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...extra,
    segment(0xdb, Buffer.alloc(65, 1)),
    segment(frame, Buffer.from([8, 0, 16, 0, 16, 1, 1, 0x11, 0])),
    segment(0xc4, Buffer.alloc(17, 0)),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    scan,
    Buffer.from([0xff, 0xd9]),
  ])
}

/** A bitmap as an ICO holds it: 32 bits, with its mask. */
export function bitmap(side = 16, bits = 32): Buffer {
  const header = Buffer.alloc(40)
  header.writeUInt32LE(40, 0)
  header.writeInt32LE(side, 4)
  header.writeInt32LE(2 * side, 8)
  header.writeUInt16LE(1, 12)
  header.writeUInt16LE(bits, 14)
  const line = (bits: number) => 4 * Math.ceil((side * bits) / 32)
  const colours = bits <= 8 ? 4 * 2 ** bits : 0
  return Buffer.concat([header, Buffer.alloc(colours + side * (line(bits) + line(1)))])
}

export function ico(images: { side?: number; image?: Buffer }[] = [{}], after: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([0, 0, 1, 0, images.length, 0])
  let offset = 6 + 16 * images.length
  const parts = images.map(({ side = 16, image = bitmap(side) }) => {
    const entry = Buffer.alloc(16)
    entry.set([side % 256, side % 256, 0, 0, 1, 0, 32, 0])
    entry.writeUInt32LE(image.length, 8)
    entry.writeUInt32LE(offset, 12)
    offset += image.length
    return { entry, image }
  })
  return Buffer.concat([head, ...parts.map(({ entry }) => entry), ...parts.map(({ image }) => image), after])
}

/** A form of texts: what is sent by `ask`, whose bodies are text. */
export function form(files: Record<string, string>) {
  const { type, body } = multipart(Object.entries(files).map(([name, content]) => ({ name, content: Buffer.from(content) })))
  return { type, body: body.toString('latin1') }
}

export interface Part {
  name: string
  content: Buffer
  /** Null for a field that is no file. */
  filename?: string | null
  type?: string
}

export function multipart(parts: Part[], boundary = 'x-boundary-of-tests-x') {
  const pieces = parts.flatMap(({ name, content, filename = 'any', type = 'application/pdf' }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === null ? '' : `; filename="${filename}"\r\nContent-Type: ${type}`}\r\n\r\n`,
    ),
    content,
    Buffer.from('\r\n'),
  ])
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]) }
}
