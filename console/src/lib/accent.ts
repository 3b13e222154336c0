/**
 * The brand's colour as the accent of the console. What is derived from it is readable in both themes whatever the brand chose: text has
 * 4.5:1 and what is not text 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
type Rgb = readonly [number, number, number]
export type Scheme = 'light' | 'dark'

const white: Rgb = [255, 255, 255]
const black: Rgb = [0, 0, 0]
/** The body of each theme, as in styles.css. */
const bodies: Record<Scheme, Rgb> = { light: white, dark: [22, 24, 29] }

function parse(colour: string): Rgb {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((one) => one + one).join('') : colour.slice(1)
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb
}
const format = (rgb: Rgb) => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
const mix = (from: Rgb, to: Rgb, share: number) => from.map((part, at) => part + ((to[at] ?? 0) - part) * share) as unknown as Rgb

function luminance(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = Math.round(part) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}
export const contrastOf = (one: string, other: string) => contrast(parse(one), parse(other))

/** Moves a colour towards another, no further than needed. */
function until(holds: (rgb: Rgb) => boolean, from: Rgb, towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const moved = mix(from, towards, share)
    if (holds(moved)) return moved
  }
  return towards
}

/** Returns the values of the variables in styles.css that make the accent. */
export function accentOf(primary: string, scheme: Scheme): Record<string, string> {
  const colour = parse(primary)
  const body = bodies[scheme]
  const dark = scheme === 'dark'
  // White is written on it, and it outlines what is focused.
  const darkened = until((rgb) => contrast(rgb, white) >= 4.5, colour, black)
  const filled = until((rgb) => contrast(rgb, body) >= 3, darkened, white)
  const [light, lightHover] = (dark ? [0.22, 0.3] : [0.1, 0.16]).map((share) => mix(body, colour, share)) as [Rgb, Rgb]
  const text = until((rgb) => contrast(rgb, lightHover) >= 4.5 && contrast(rgb, body) >= 4.5, colour, dark ? white : black)
  return {
    '--mantine-primary-color-filled': format(filled),
    '--mantine-primary-color-filled-hover': format(mix(filled, black, 0.12)),
    '--mantine-primary-color-contrast': '#fff',
    '--mantine-primary-color-light': format(light),
    '--mantine-primary-color-light-hover': format(lightHover),
    '--mantine-primary-color-light-color': format(text),
    '--mantine-color-anchor': format(text),
    '--selected': format(light),
  }
}
