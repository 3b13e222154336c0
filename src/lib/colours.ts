/** Colours of a brand, and how well they can be read, as WCAG 2.2 defines contrast. The console computes with it too. */

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number]

export const isColour = (text: string) => /^#([\da-f]{3}|[\da-f]{6})$/i.test(text)

/** @param colour `#rgb` or `#rrggbb` */
export function rgbOf(colour: string): Rgb {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((one) => one + one).join('') : colour.slice(1)
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb
}

export function luminance(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = Math.round(part) / 255 // as a browser shows it
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** From 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [lower = 0, higher = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (higher + 0.05) / (lower + 0.05)
}

export const contrastOf = (one: string, other: string) => contrast(rgbOf(one), rgbOf(other))

/** Returns black or white, whichever contrasts more. The better one always reaches 4.5:1 (WCAG 2.2, 1.4.3). */
export const readableOn = (colour: string): '#000000' | '#ffffff' =>
  contrastOf(colour, '#ffffff') >= contrastOf(colour, '#000000') ? '#ffffff' : '#000000'
