/** Answers of SAML: what a provider really sends is accepted, and whatever was changed after it was signed is refused. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { ProviderError } from '../src/sso/protocol.ts'
import { createSamlKeys } from '../src/sso/saml/saml.keys.ts'
import { createSpend } from '../src/sso/saml/saml.spent.ts'
import { createSaml } from '../src/sso/saml/saml.ts'
import { openWorld } from './harness.ts'
import {
  AUDIENCE,
  assertionOf,
  base64,
  ENTITY,
  encryptedFor,
  makeKeys,
  ORIGIN,
  providerOf,
  responseOf,
  type Said,
  sign,
  truth,
} from './saml-idp.ts'

const { database, cipher, world } = await openWorld()
const { system } = database
const [idp, next, stranger] = await Promise.all([makeKeys(), makeKeys(), makeKeys()])
const newState = () => randomUUID().replaceAll('-', '')
const [{ id: provider } = { id: 0 }] = await system<{ id: number }[]>`INSERT INTO identity_providers (reseller_id, kind, name)
  VALUES (${world.resellers[0]?.id ?? 0}, 'saml', 'A provider') RETURNING id`
/** Two processes, which share nothing but the database. */
const [here, there] = [0, 1].map(() => createSaml({ keys: createSamlKeys(system, cipher), spend: createSpend(system) })) as [
  ReturnType<typeof createSaml>,
  ReturnType<typeof createSaml>,
]
const ours = await createSamlKeys(system, cipher).live()
const ourCertificate = ours[0]?.certificate ?? ''

type Where = 'response' | 'assertion' | 'both' | 'encrypted' | 'encrypted and response'
/** A real answer, with what it says changed before it is signed. */
async function answerOf(state: string, where: Where, said: Partial<Said> = {}, keys = idp, algorithm?: string): Promise<string> {
  const all = { ...truth(state), ...said }
  const inner = where !== 'response' && where !== 'encrypted and response'
  const assertion = inner ? sign(assertionOf(all), 'Assertion', keys) : assertionOf(all)
  const shown = where.startsWith('encrypted') ? await encryptedFor(assertion, ourCertificate, algorithm) : assertion
  const xml = responseOf(all, shown)
  return where === 'assertion' || where === 'encrypted' ? xml : sign(xml, 'Response', keys)
}
const receive = (
  state: string,
  xml: string,
  settings: Parameters<typeof providerOf>[1] = {},
  certificates = [idp.certificate],
  by = here,
) =>
  by.answer(
    providerOf(certificates, settings, provider),
    { origin: ORIGIN, state, secrets: {} },
    { SAMLResponse: base64(xml), RelayState: `_${state}` },
  )

test('the request goes by redirect, signed, with our addresses and the state as its ID', async () => {
  const state = newState()
  const { url } = await here.start(providerOf([idp.certificate]), { origin: ORIGIN, state })
  const { searchParams, origin } = new URL(url)
  assert.equal(origin, 'https://idp.example')
  assert.equal(searchParams.get('tenant'), '7', 'the address of the provider may have a query')
  assert.equal(searchParams.get('RelayState'), `_${state}`)
  assert.match(searchParams.get('SigAlg') ?? '', /rsa-sha256$/)
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  assert.match(xml, new RegExp(`ID="_${state}"`))
  assert.match(xml, new RegExp(`AssertionConsumerServiceURL="${ORIGIN}/iam/auth/saml2/acs"`))
  assert.match(xml, new RegExp(`>${AUDIENCE}</saml:Issuer>`))
  assert.doesNotMatch(xml, /ForceAuthn|RequestedAuthnContext/)
})

const wheres: Where[] = ['response', 'assertion', 'both', 'encrypted', 'encrypted and response']
for (const where of wheres)
  test(`a real answer is accepted: signed ${where}`, async () => {
    const state = newState()
    const identity = await receive(state, await answerOf(state, where))
    const { claims, ...rest } = identity
    assert.deepEqual(rest, {
      subject: 'ada@corp.example',
      email: 'ada@corp.example',
      emailVerified: true,
      name: 'Ada Lovelace',
      groups: ['admins', 'staff'],
      amr: ['pwd'],
      session: 's-1',
      issuer: ENTITY,
    })
    assert.deepEqual(claims.groups, ['admins', 'staff'])
  })

test('what is wrong is said in words', async () => {
  const state = newState()
  await assert.rejects(
    async () => receive(state, await answerOf(state, 'assertion', {}, stranger)),
    (error) =>
      error instanceof ProviderError &&
      /^The assertion is signed with a certificate that is not in the metadata: it ends in [\dA-F]{2}:[\dA-F]{2}\.$/.test(error.message),
  )
})

test('certificates roll over without a failed sign-in', async () => {
  for (const [keys, known] of [
    [idp, [idp]],
    [idp, [idp, next]],
    [next, [idp, next]],
    [next, [next]],
  ] as const) {
    const state = newState()
    const { subject } = await receive(
      state,
      await answerOf(state, 'both', {}, keys),
      {},
      known.map(({ certificate }) => certificate),
    )
    assert.equal(subject, 'ada@corp.example')
  }
})

test('an assertion counts once, whichever process receives it', async () => {
  const state = newState()
  const xml = await answerOf(state, 'assertion')
  const both = await Promise.allSettled([receive(state, xml), receive(state, xml, {}, undefined, there)])
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  for (const by of [here, there])
    await assert.rejects(
      receive(state, xml, {}, undefined, by),
      (error) => error instanceof ProviderError && error.code === 'saml_replayed',
    )
})
