/** PNG (ISO/IEC 15948): reads every chunk and all pixel data, and returns the image with only what draws it. */
import { crc32, createInflate } from 'node:zlib'
import { checkSize, damaged, hasMore, InvalidImage, truncatedImage } from './invalid-image.ts'

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
/** Programs write about a hundred. */
const MOST_CHUNKS = 10_000
/**
 * Ancillary chunks that affect how the image looks, with their longest length, plus the palette. Texts, times, profiles and other chunks
 * that may hide a file are removed.
 */
const drawing: Record<string, number> = { PLTE: 768, tRNS: 256, gAMA: 4, cHRM: 32, sRGB: 1, sBIT: 4, bKGD: 6, pHYS: 9 }
/** Allowed bits per sample, and samples per pixel, by colour type. */
const depths: Record<number, number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] }
const samples: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Adam7: start and step of each pass, as x, y, x, y. */
const interlaced = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
const plain = [[0, 0, 1, 1]] as const

export const isPng = (bytes: Buffer) => bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)

/** @throws InvalidImage if it is truncated, damaged, continues after its end or is larger than can be shown */
export async function cleanPng(bytes: Buffer): Promise<{ width: number; height: number; content: Buffer }> {
  if (!isPng(bytes)) throw damaged()
  const chunks = [...chunksOf(bytes)]
  const header = readHeader(chunks[0])
  const others = chunks.slice(1).filter(({ type }) => type !== 'IDAT' && type !== 'IEND')
  if (others.some(({ type, body }) => body.length > (drawing[type] ?? (isCritical(type) ? -1 : Infinity)))) throw damaged()
  const kept = others.map(({ type }) => type).filter((type) => drawing[type] !== undefined)
  if (new Set(kept).size < kept.length) throw damaged()

  // The data chunks are contiguous, and follow the palette.
  const types = chunks.map(({ type }) => type)
  const data = chunks.filter(({ type }) => type === 'IDAT')
  const [first, last] = [types.indexOf('IDAT'), types.lastIndexOf('IDAT')]
  if (first < 0 || last - first + 1 !== data.length || types.indexOf('PLTE') > first) throw damaged()
  if (header.colour === 3 && !kept.includes('PLTE')) throw damaged()
  await checkPixels(Buffer.concat(data.map(({ body }) => body)), header)

  const drawn = chunks.filter(({ type }) => isCritical(type) || drawing[type] !== undefined)
  return { width: header.width, height: header.height, content: Buffer.concat([SIGNATURE, ...drawn.map(({ whole }) => whole)]) }
}

interface Chunk {
  type: string
  body: Buffer
  /** Includes length, type and checksum. */
  whole: Buffer
}

/** Yields the chunks up to IEND, which must end the file. */
function* chunksOf(bytes: Buffer): Generator<Chunk> {
  let at = SIGNATURE.length
  for (let n = 0; n < MOST_CHUNKS; n++) {
    if (at + 12 > bytes.length) throw truncatedImage()
    const end = at + 12 + bytes.readUInt32BE(at)
    if (end > bytes.length) throw truncatedImage()
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) throw damaged()
    const chunk = { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) }
    yield chunk
    at = end
    if (chunk.type !== 'IEND') continue
    if (chunk.body.length > 0) throw damaged()
    if (at < bytes.length) throw hasMore()
    return
  }
  throw damaged()
}

/** Critical chunks begin with a capital letter. */
const isCritical = (type: string) => !/^[a-z][a-zA-Z]{3}$/.test(type)

type Header = ReturnType<typeof readHeader>

function readHeader(chunk: Chunk | undefined) {
  if (chunk?.type !== 'IHDR' || chunk.body.length !== 13) throw damaged()
  const { body } = chunk
  const [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)]
  const [depth = 0, colour = 0, compression, filter, interlace] = body.subarray(8)
  if (!depths[colour]?.includes(depth) || compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) throw damaged()
  checkSize(width, height)
  return { width, height, colour, bits: depth * (samples[colour] ?? 0), passes: interlace === 1 ? interlaced : plain }
}

/** Checks that the data inflates to exactly the lines of the image, without keeping it. */
async function checkPixels(data: Buffer, { width, height, bits, passes }: Header): Promise<void> {
  let due = 0
  for (const [x, y, dx, dy] of passes) {
    const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)]
    if (columns > 0 && rows > 0) due += rows * (1 + Math.ceil((columns * bits) / 8))
  }
  const inflate = createInflate()
  inflate.end(data)
  let size = 0
  try {
    for await (const piece of inflate) {
      size += piece.length
      if (size > due) throw damaged()
    }
  } catch (error) {
    throw error instanceof InvalidImage ? error : (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR' ? truncatedImage() : damaged()
  }
  if (size < due) throw truncatedImage()
  if (inflate.bytesWritten < data.length) throw hasMore()
}
