/** Why an image is rejected, as a message for the client. */
export class InvalidImage extends Error {}

export const truncatedImage = () => new InvalidImage('The image ends too early.')
export const damaged = () => new InvalidImage('The image is damaged.')
export const hasMore = () => new InvalidImage('Something follows the image.')

const MOST_PIXELS = 2 ** 24

/** Limits the pixels: a file of a few bytes can expand to more than a browser has memory for. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw damaged()
  if (width * height > MOST_PIXELS) throw new InvalidImage(`The image has more than ${MOST_PIXELS} pixels.`)
}
