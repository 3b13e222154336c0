/** Why an image is rejected, as a message for the client. */
export class ImageRefused extends Error {}

export const tooShort = () => new ImageRefused('The image ends too early.')
export const damaged = () => new ImageRefused('The image is damaged.')
export const hasMore = () => new ImageRefused('Something follows the image.')

const MOST_PIXELS = 2 ** 24

/** Limits the pixels: a file of a few bytes can expand to more than a browser has memory for. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw damaged()
  if (width * height > MOST_PIXELS) throw new ImageRefused(`The image has more than ${MOST_PIXELS} pixels.`)
}
