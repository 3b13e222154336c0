/**
 * ICO: a directory of images, each a PNG or a bitmap without file header. Returns the file with those images and nothing between or after
 * them.
 */

import { damaged, hasMore, InvalidImage, truncatedImage } from './invalid-image.ts'
import { cleanPng, isPng } from './png.ts'

const ENTRY = 16
const BITMAP_HEADER = 40
const MOST_IMAGES = 16

export const isIco = (bytes: Buffer) => bytes.length >= 4 && bytes.readUInt16LE(0) === 0 && bytes.readUInt16LE(2) === 1

interface Entry {
  described: Buffer
  width: number
  height: number
  offset: number
  size: number
}

/** @throws InvalidImage if it is truncated, damaged, holds more than its images, or no image of `side` × `side` pixels */
export async function cleanIco(bytes: Buffer, side: number): Promise<Buffer> {
  if (bytes.length < 6) throw truncatedImage()
  if (!isIco(bytes)) throw damaged()
  const count = bytes.readUInt16LE(4)
  if (count === 0 || count > MOST_IMAGES) throw damaged()
  if (bytes.length < 6 + ENTRY * count) throw truncatedImage()
  const entries = Array.from({ length: count }, (_, n) => entryOf(bytes.subarray(6 + ENTRY * n, 6 + ENTRY * (n + 1))))
  if (!entries.some(({ width, height }) => width === side && height === side))
    throw new InvalidImage(`An image of ${side}×${side} pixels is required.`)

  let end = 6 + ENTRY * count
  const images: Buffer[] = []
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset !== end) throw damaged()
    end += entry.size
    if (end > bytes.length) throw truncatedImage()
    const image = await cleanImage(bytes.subarray(entry.offset, end), entry)
    images[entries.indexOf(entry)] = image
  }
  if (end < bytes.length) throw hasMore()
  return together(entries, images)
}

/** Reads a directory entry. A side of 0 means 256. */
function entryOf(described: Buffer): Entry {
  if (described[3] !== 0) throw damaged()
  return {
    described,
    width: described[0] || 256,
    height: described[1] || 256,
    size: described.readUInt32LE(8),
    offset: described.readUInt32LE(12),
  }
}

async function cleanImage(image: Buffer, { width, height }: Entry): Promise<Buffer> {
  if (isPng(image)) {
    const png = await cleanPng(image)
    if (png.width !== width || png.height !== height) throw damaged()
    return png.content
  }
  checkBitmap(image, width, height)
  return image
}

/**
 * Checks a BITMAPINFOHEADER, whose height covers pixels and mask, followed by palette, pixels and mask, each line a multiple of four bytes.
 */
function checkBitmap(image: Buffer, width: number, height: number): void {
  if (image.length < BITMAP_HEADER) throw truncatedImage()
  const [bits, compression, used] = [image.readUInt16LE(14), image.readUInt32LE(16), image.readUInt32LE(32)]
  const fits = image.readUInt32LE(0) === BITMAP_HEADER && image.readInt32LE(4) === width && image.readInt32LE(8) === 2 * height
  if (!fits || image.readUInt16LE(12) !== 1 || ![1, 4, 8, 24, 32].includes(bits) || compression !== 0) throw damaged()
  if (used > (bits <= 8 ? 2 ** bits : 0)) throw damaged()
  const colours = bits <= 8 ? used || 2 ** bits : 0
  const line = (bits: number) => 4 * Math.ceil((width * bits) / 32)
  const [pixels, mask] = [height * line(bits), height * line(1)]
  const without = BITMAP_HEADER + 4 * colours + pixels
  // Pixels with an alpha channel need no mask, and some programs write none.
  if (image.length === without + mask || (bits === 32 && image.length === without)) return
  throw image.length < without + mask ? truncatedImage() : hasMore()
}

function together(entries: Entry[], images: Buffer[]): Buffer {
  const header = Buffer.alloc(6)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(entries.length, 4)
  let offset = 6 + ENTRY * entries.length
  const directory = entries.map(({ described }, n) => {
    const entry = Buffer.from(described)
    entry.writeUInt32LE(images[n]?.length ?? 0, 8)
    entry.writeUInt32LE(offset, 12)
    offset += images[n]?.length ?? 0
    return entry
  })
  return Buffer.concat([header, ...directory, ...images])
}
