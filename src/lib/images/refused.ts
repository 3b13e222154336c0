/** Why bytes are not taken as an image: a sentence for whoever sent them. */
export class ImageRefused extends Error {}

export const tooShort = () => new ImageRefused('The image ends too early.')
export const damaged = () => new ImageRefused('The image is damaged.')
export const hasMore = () => new ImageRefused('Something follows the image.')

const MOST_PIXELS = 2 ** 24

/** A file of a few bytes can stand for more pixels than a browser has memory. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw damaged()
  if (width * height > MOST_PIXELS) throw new ImageRefused(`The image has more than ${MOST_PIXELS} pixels.`)
}
