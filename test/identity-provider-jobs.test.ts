/** Jobs of identity providers: metadata is read every day and the last good kept, and Administrators are told before the last certificate ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { notifyEndingCertificates, readProviderMetadata } from '../src/jobs/identity-providers.ts'
import { machineClock } from '../src/lib/clock.ts'
import { OutgoingError } from '../src/lib/outgoing.ts'
import { nothingOutgoing, openWorld } from './harness.ts'
import { descriptorOf, type Keys, makeKeys } from './saml-idp.ts'

const { database, world } = await openWorld()
const { system, scope } = database
const keep = { sessions: 0, links: 0, mails: 0, logs: 0 }
const base = { system, scope, clock: machineClock, log: pino({ level: 'silent' }), keep, passwordDays: undefined }
const deps = { ...base, outgoing: nothingOutgoing }
const DAY = 86_400_000
const [first, second] = await Promise.all([makeKeys({ days: 40 }), makeKeys({ days: 400 })])
const METADATA = 'https://idp.example/metadata.xml'

async function provider(certificates: Keys[], more: object = {}, client: number | null = null, state = 'on'): Promise<number> {
  const settings = {
    entityId: 'https://idp.example',
    ssoUrl: 'https://idp.example/old',
    certificates: certificates.map(({ certificate }) => certificate),
  }
  const [row] = await system<{ id: number }[]>`
    INSERT INTO identity_providers (reseller_id, client_id, kind, name, state, settings, for_clients)
    VALUES (${world.resellers[1]?.id ?? 0}, ${client}, 'saml', 'Corp', ${state}, ${system.json({ ...settings, signed: 'either', ...more } as never)}, false)
    RETURNING id`
  return row?.id ?? 0
}
const found = async (id: number) => {
  const [row] = await system`SELECT settings, metadata_read_at, metadata_error FROM identity_providers WHERE id = ${id}`
  return row as {
    settings: { ssoUrl: string; sloUrl?: string; certificates: string[]; signed: string }
    metadata_read_at: Date | null
    metadata_error: string | null
  }
}
const mails = async () => {
  const rows = await system<{ user_id: number; recipient: string; details: { provider: string; days: number; company?: string } }[]>`
    DELETE FROM outbox WHERE template = 'certificate_ends_soon' RETURNING user_id, recipient, details`
  return rows.sort((a, b) => a.user_id - b.user_id)
}

/** The job with one address in the world, which answers this. */
const reading = (answer: () => string) => {
  let asked = 0
  const outgoing = async (url: string) => {
    assert.equal(url, METADATA)
    asked++
    return new Response(answer())
  }
  return { run: (days: number) => readProviderMetadata({ ...base, outgoing }, new Date(Date.now() + days * DAY)), asked: () => asked }
}

test('metadata is read every day: addresses and certificates are taken over, and what was set here stays', async () => {
  const id = await provider([first], { metadataUrl: METADATA, signed: 'assertion', sloUrl: 'https://idp.example/gone' })
  const { run, asked } = reading(() => descriptorOf('https://idp.example', [first, second]))
  await run(0.9)
  assert.equal(asked(), 0)
  await run(1.1)
  assert.equal(asked(), 1)
  const { settings, metadata_read_at, metadata_error } = await found(id)
  assert.deepEqual(
    [settings.ssoUrl, settings.sloUrl, settings.signed, metadata_error],
    ['https://idp.example/sso', undefined, 'assertion', null],
  )
  assert.equal(settings.certificates.length, 2)
  assert.ok(metadata_read_at)
  await run(2.2)
  assert.equal(asked(), 2)
  await system`UPDATE identity_providers SET deleted_at = reeve_now() WHERE id = ${id}`
})

for (const [what, answer, words] of [
  ['no XML', () => 'Not found', /^The metadata is not well-formed XML/],
  [
    'of another provider',
    () => descriptorOf('https://other.example', [second]),
    /^The metadata is of another provider now: https:\/\/other\.example\.$/,
  ],
  ['without a certificate', () => descriptorOf('https://idp.example', []), /^The metadata has no certificate that can be used/],
  [
    'not there',
    () => {
      throw new OutgoingError('Nothing listens at idp.example:443.')
    },
    /^Nothing listens at/,
  ],
] as const)
  test(`metadata that is ${what} changes nothing but the error, and is tried again in the next run`, async () => {
    const id = await provider([first], { metadataUrl: METADATA })
    const bad = reading(answer)
    await bad.run(1.1)
    const { settings, metadata_error } = await found(id)
    assert.match(metadata_error ?? '', words)
    assert.deepEqual([settings.ssoUrl, settings.certificates], ['https://idp.example/old', [first.certificate]])
    const good = reading(() => descriptorOf('https://idp.example', [second]))
    await good.run(1.11)
    assert.equal(good.asked(), 1)
    assert.equal((await found(id)).metadata_error, null)
    await system`UPDATE identity_providers SET deleted_at = reeve_now() WHERE id = ${id}`
  })

test('Administrators are told 30, 7 and 1 days before the last certificate ends, each once, by several servers too', async () => {
  const id = await provider([await makeKeys({ days: 5 }), first]) // the first to end does not matter
  const told: unknown[] = []
  const at = async (day: number) => {
    await Promise.all([1, 2, 3].map(() => notifyEndingCertificates(deps, new Date(Date.now() + day * DAY))))
    const sent = await mails()
    if (sent.length > 0) told.push([day, sent[0]?.details.days, sent.length])
  }
  const staff = await system`SELECT FROM callers c JOIN resellers r ON r.technical_client_id = c.client_id
    WHERE r.id = ${world.resellers[1]?.id ?? 0} AND c.user_type = 'reseller'`
  assert.ok(staff.length > 0)
  for (const day of [0, 9.9, 10.1, 20, 33.1, 33.2, 39.1, 39.5, 41]) await at(day)
  assert.deepEqual(told, [
    [10.1, 30, staff.length],
    [33.1, 7, staff.length],
    [39.1, 1, staff.length],
  ])
  await system`UPDATE identity_providers SET settings = jsonb_set(settings, '{certificates}', ${system.json([second.certificate])}) WHERE id = ${id}`
  for (const day of [41, 369.9, 370.1]) await at(day)
  assert.deepEqual(told.at(-1), [370.1, 30, staff.length], 'a new certificate begins anew')
  await system`UPDATE identity_providers SET deleted_at = reeve_now() WHERE id = ${id}`
})

test('of an account’s provider its Administrators are told, and of a draft nobody', async () => {
  const [client] = await system<{ id: number; reseller_id: number; administrators: number[] }[]>`
    SELECT c.id, c.reseller_id, array_agg(a.user_id::int ORDER BY a.user_id) AS administrators FROM clients c JOIN callers a ON a.client_id = c.id
    WHERE c.reseller_id = ${world.resellers[1]?.id ?? 0} AND c.client_type = 'common' AND a.role_id = 1 AND a.user_type = 'common'
    GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1`
  assert.ok(client)
  await provider([first], {}, client.id, 'draft')
  await provider([first], {}, client.id)
  await notifyEndingCertificates(deps, new Date(Date.now() + 35 * DAY))
  const sent = await mails()
  assert.deepEqual(
    sent.map(({ user_id }) => user_id),
    client.administrators,
  )
  assert.ok(sent.every(({ details }) => details.company && details.provider === 'Corp'))
})
