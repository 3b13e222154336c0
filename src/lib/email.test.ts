/** What is an email address, and its one form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LONGEST_EMAIL, normalEmail } from './email.ts'

const long = `${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(63)}.${'v'.repeat(52)}.example`

for (const [typed, normal] of Object.entries({
  'anna@example.com': 'anna@example.com',
  "Anna.O'Neil+news@Example.COM": "Anna.O'Neil+news@example.com",
  'anna@bücher.example': 'anna@xn--bcher-kva.example',
  'anna@ｂig.example': 'anna@big.example',
  'mu\u0308ller@example.com': 'm\u00fcller@example.com',
  '\u212airk@\u212ailo.example': 'Kirk@kilo.example',
  [`${'x'.repeat(64)}@example.com`]: `${'x'.repeat(64)}@example.com`,
  [`a@${long}`]: `a@${long}`,
}))
  test(`${typed} is ${normal}`, () => assert.equal(normalEmail(typed), normal))

const refused = {
  'no @': ['', 'anna', '@example.com', 'anna@', 'anna@ann@example.com'],
  'what mail programs take for several addresses, or for another': [
    ...['x,victim@example.com', 'x;victim@example.com', 'y<victim>@example.com', 'x:victim@example.com', 'a(b)@example.com'],
    ...['"x"@example.com', 'a\\b@example.com', 'a[b]@example.com', 'anna@example.com,eve', 'anna@example.com>'],
  ],
  'what cannot be seen': [
    ...[
      'a b@example.com',
      ' a@example.com',
      'a@example.com ',
      'x\u0087y@example.com',
      'a@exa\u0085mple.com',
      'a\0@example.com',
      'a\n@example.com',
    ],
    ...[
      'a\u200bb@example.com',
      'a\u202eb@example.com',
      'a@exa\u00admple.com',
      'a\ufe0f@example.com',
      'a\u034f@example.com',
      'a\u3164@example.com',
    ],
  ],
  'what is read as something else': [
    '\u0130rk@example.com',
    '\uff41@example.com',
    '\u017f@example.com',
    '\ufb01@example.com',
    '\u0301a@example.com',
  ],
  'local parts that are none': [
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    `${'x'.repeat(65)}@example.com`,
    `${'ü'.repeat(33)}@example.com`,
  ],
  'domains that are none': [
    ...[
      'a@b',
      'a@example..com',
      'a@.example.com',
      'a@example.com.',
      'a@-example.com',
      'a@example-.com',
      'a@[127.0.0.1]',
      'a@127.0.0.1',
      'a@1.2',
    ],
    ...['a@x%41.com', 'a@example.com:25', 'a@example.com/x', 'a@a_b.example', `a@${'x'.repeat(64)}.example`, `ab@${long}`],
  ],
}

for (const [why, addresses] of Object.entries(refused))
  test(`no address: ${why}`, () => {
    for (const one of addresses) assert.equal(normalEmail(one), undefined, JSON.stringify(one))
  })

test('a normal form is its own, holds nothing that separates addresses, and is no longer than it may be', () => {
  const letter = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('a', 'Z', '.', '-', '\u212a', 'é', 'e\u0301'),
  )
  const word = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''))
  let met = 0
  fc.assert(
    fc.property(word, word, (local, host) => {
      const normal = normalEmail(`${local}@${host}.example`)
      if (normal === undefined) return
      met++
      assert.equal(normalEmail(normal), normal)
      assert.match(normal, /^[^\s\p{C},;:<>()[\]\\"@]+@[a-z0-9.-]+$/u)
      assert.ok(Buffer.byteLength(normal) <= LONGEST_EMAIL)
    }),
    { numRuns: 20_000 },
  )
  assert.ok(met > 200, `only ${met} addresses were met`)
})
