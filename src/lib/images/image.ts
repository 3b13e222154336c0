/**
 * Detects the type of an image from its bytes alone, and returns the image without anything else in the file. file-type looks at the first
 * bytes and checks nothing behind them; sharp re-encodes, by native decoders that have had to be patched, and does not clean SVG.
 */
import { cleanIco, isIco } from './ico.ts'
import { InvalidImage } from './invalid-image.ts'
import { cleanJpeg, isJpeg } from './jpeg.ts'
import { cleanPng, isPng } from './png.ts'
import { cleanSvg } from './svg.ts'

export interface Image {
  type: 'image/png' | 'image/jpeg' | 'image/svg+xml' | 'image/x-icon'
  content: Buffer
}

const FAVICON_SIDE = 16

/** Reads a PNG, JPEG or SVG. @throws InvalidImage */
export async function readLogo(bytes: Buffer): Promise<Image> {
  if (isPng(bytes)) return { type: 'image/png', content: (await cleanPng(bytes)).content }
  if (isJpeg(bytes)) return { type: 'image/jpeg', content: cleanJpeg(bytes) }
  if (/^(\xef\xbb\xbf)?\s*</.test(bytes.toString('latin1', 0, 1000))) return { type: 'image/svg+xml', content: await cleanSvg(bytes) }
  throw new InvalidImage('A PNG, JPEG or SVG is required.')
}

/** Reads an ICO with an image of 16×16 pixels. @throws InvalidImage */
export async function readFavicon(bytes: Buffer): Promise<Image> {
  if (!isIco(bytes)) throw new InvalidImage('An ICO is required.')
  return { type: 'image/x-icon', content: await cleanIco(bytes, FAVICON_SIDE) }
}
