/** Whatever colour a brand has, what the console makes of it can be read. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { contrastOf } from '../../src/lib/colours.ts'
import { accentOf, type Scheme } from '../src/lib/accent.ts'

const bodies: Record<Scheme, string> = { light: '#ffffff', dark: '#16181d' }
const steps = [0, 51, 102, 153, 204, 255]
const colours = steps.flatMap((r) =>
  steps.flatMap((g) => steps.map((b) => `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`)),
)

for (const scheme of ['light', 'dark'] as const)
  test(`216 colours are readable as an accent, ${scheme}`, () => {
    for (const colour of [...colours, '#fc0']) {
      const accent = accentOf(colour, scheme)
      const of = (name: string) => accent[name] ?? assert.fail(name)
      const filled = of('--mantine-primary-color-filled')
      const text = of('--mantine-primary-color-light-color')
      const pairs: [string, string, number][] = [
        ['#ffffff', filled, 4.5],
        ['#ffffff', of('--mantine-primary-color-filled-hover'), 4.5],
        [filled, bodies[scheme], 3],
        [text, of('--selected'), 4.5],
        [text, of('--mantine-primary-color-light-hover'), 4.5],
        [of('--mantine-color-anchor'), bodies[scheme], 4.5],
      ]
      for (const [one, other, least] of pairs)
        assert.ok(
          contrastOf(one, other) >= least,
          `${colour}: ${one} on ${other} has ${contrastOf(one, other).toFixed(2)}:1, not ${least}:1`,
        )
    }
  })
