/**
 * The brand's colour as the accent of the console. What is derived from it is readable in both themes whatever the brand chose: text has
 * 4.5:1 and what is not text 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
import { contrast, type Rgb, rgbOf } from '../../../src/lib/colours.ts'

export type Scheme = 'light' | 'dark'

const white: Rgb = [255, 255, 255]
const black: Rgb = [0, 0, 0]
/** The body of each theme, as in styles.css. */
const bodies: Record<Scheme, Rgb> = { light: white, dark: [22, 24, 29] }

const format = (rgb: Rgb) => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
const mix = (from: Rgb, to: Rgb, share: number) => from.map((part, at) => part + ((to[at] ?? 0) - part) * share) as unknown as Rgb

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
  const colour = rgbOf(primary)
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
