/** A provider in the database, two processes that sign in by it, and real answers of it. Call once at the top of a test file. */
import { randomUUID } from 'node:crypto'
import { createSamlKeys } from '../src/sso/saml/saml.keys.ts'
import { createSaml } from '../src/sso/saml/saml.ts'
import { spend } from '../src/sso/spent.ts'
import { openWorld } from './harness.ts'
import {
  assertionOf,
  base64,
  encryptedFor,
  type Keys,
  makeKeys,
  ORIGIN,
  providerOf,
  responseOf,
  type Said,
  sign,
  truth,
} from './saml-idp.ts'

/** What is signed: the Response, the assertion, both; the assertion before it is encrypted, or the Response around an encrypted assertion. */
export const wheres = ['response', 'assertion', 'both', 'encrypted', 'encrypted and response'] as const
export type Where = (typeof wheres)[number]

export type Settings = Parameters<typeof providerOf>[1]

export const newState = () => randomUUID().replaceAll('-', '')

export async function openSamlWorld() {
  const { database, cipher, world } = await openWorld()
  const { system } = database
  const [idp, next, stranger] = await Promise.all([makeKeys(), makeKeys(), makeKeys()])
  const [row] = await system<{ id: number }[]>`INSERT INTO identity_providers (reseller_id, kind, name)
    VALUES (${world.resellers[0]?.id ?? 0}, 'saml', 'A provider') RETURNING id`
  const process = () => createSaml({ keys: createSamlKeys(system, cipher), spend: (...used) => spend(system, ...used) })
  const here = process()
  const there = process()
  const [ours] = await createSamlKeys(system, cipher).live()
  const ourCertificate = ours?.certificate ?? ''

  /** A real answer, where `said` is what it says differently from the truth. */
  async function answerOf(state: string, where: Where, said: Partial<Said> = {}, keys: Keys = idp, algorithm?: string): Promise<string> {
    const all = { ...truth(state), ...said }
    const isInner = where !== 'response' && where !== 'encrypted and response'
    const assertion = isInner ? sign(assertionOf(all), 'Assertion', keys) : assertionOf(all)
    const shown = where.startsWith('encrypted') ? await encryptedFor(assertion, ourCertificate, algorithm) : assertion
    const xml = responseOf(all, shown)
    return where === 'assertion' || where === 'encrypted' ? xml : sign(xml, 'Response', keys)
  }

  const receiveEncoded = (state: string, encoded: string, settings: Settings = {}, certificates = [idp.certificate], by = here) =>
    by.answer(
      providerOf(certificates, settings, row?.id ?? 0),
      { origin: ORIGIN, state, secrets: {} },
      { SAMLResponse: encoded, RelayState: `_${state}` },
    )
  const receive = (state: string, xml: string, ...more: [Settings?, string[]?, typeof here?]) => receiveEncoded(state, base64(xml), ...more)

  return { idp, next, stranger, here, there, ourCertificate, answerOf, receive, receiveEncoded }
}
