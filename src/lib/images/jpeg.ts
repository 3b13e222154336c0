/**
 * JPEG (ITU-T T.81, as browsers show it): walks the markers from the first to the last byte, and returns the image without what draws
 * nothing.
 */
import { checkSize, damaged, hasMore, InvalidImage, truncatedImage } from './invalid-image.ts'

/** Cameras write about a dozen. */
const MOST_SEGMENTS = 10_000
const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda]
/** Baseline, extended and progressive, with Huffman coding. */
const frames = [0xc0, 0xc1, 0xc2]
/** Huffman and quantization tables, and the restart interval. */
const tables = [0xc4, 0xdb, 0xdd]

const isRestart = (marker: number | undefined) => marker !== undefined && marker >= 0xd0 && marker <= 0xd7
/**
 * Of the segments that programs add, keeps two, which define how colours are interpreted and have a fixed length. The others may hide
 * anything, including locations and thumbnails.
 */
const isAdded = (marker: number) => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe
const isKept = (marker: number, segment: Buffer) =>
  (marker === 0xe0 && segment.length === 16 && segment.toString('latin1', 2, 7) === 'JFIF\0') ||
  (marker === 0xee && segment.length === 14 && segment.toString('latin1', 2, 7) === 'Adobe')

export const isJpeg = (bytes: Buffer) => bytes[0] === 0xff && bytes[1] === SOI

/** @throws InvalidImage if it is truncated, damaged, continues after its end, or is of a kind that browsers do not show */
export function cleanJpeg(bytes: Buffer): Buffer {
  if (!isJpeg(bytes)) throw damaged()
  const content = [bytes.subarray(0, 2)]
  let framed = false
  let scanned = false
  let at = 2
  for (let n = 0; n < MOST_SEGMENTS; n++) {
    if (at < bytes.length && bytes[at] !== 0xff) throw damaged()
    while (bytes[at] === 0xff) at++ // any number of fill bytes
    const marker = bytes[at++]
    if (marker === undefined) throw truncatedImage()
    if (marker === EOI) {
      if (at < bytes.length) throw hasMore()
      if (!scanned) throw damaged()
      content.push(Buffer.from([0xff, EOI]))
      return Buffer.concat(content)
    }
    const segment = segmentAt(bytes, at)
    at += segment.length
    if (frames.includes(marker)) {
      if (framed) throw damaged()
      framed = true
      checkFrame(segment)
    } else if (marker === SOS) {
      if (!framed) throw damaged()
      scanned = true
    } else if (isAdded(marker)) {
      if (!isKept(marker, segment)) continue
    } else if (!tables.includes(marker)) throw new InvalidImage('This kind of JPEG cannot be shown.')
    content.push(Buffer.from([0xff, marker]), segment)
    if (marker !== SOS) continue
    const end = endOfScan(bytes, at)
    content.push(bytes.subarray(at, end))
    at = end
  }
  throw damaged()
}

/** Returns the segment, including its length field. */
function segmentAt(bytes: Buffer, at: number): Buffer {
  if (at + 2 > bytes.length) throw truncatedImage()
  const length = bytes.readUInt16BE(at)
  if (length < 2) throw damaged()
  if (at + length > bytes.length) throw truncatedImage()
  return bytes.subarray(at, at + length)
}

function checkFrame(segment: Buffer): void {
  const [precision, components = 0] = [segment[2], segment[7]]
  if (segment.length < 8 || precision !== 8 || ![1, 3, 4].includes(components) || segment.length !== 8 + 3 * components) throw damaged()
  checkSize(segment.readUInt16BE(5), segment.readUInt16BE(3))
}

/** Returns where the next marker begins: within a scan, 0xFF is followed by 0 or is a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; ; ) {
    at = bytes.indexOf(0xff, at)
    if (at < 0 || at + 1 >= bytes.length) throw truncatedImage()
    const next = bytes[at + 1]
    if (next === 0 || isRestart(next)) at += 2
    else if (next === 0xff) at++
    else return at
  }
}
