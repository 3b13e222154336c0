/** SAML 2.0 as a service provider: requests by redirect, answers by POST. Who gets in is decided elsewhere. */
import { SAML, type SamlConfig } from '@node-saml/node-saml'
import { type Protocol, type Provider, ProviderError, type SamlSettings } from '../protocol.ts'
import { verifyResponse } from './saml.answer.ts'
import { OLDEST, SKEW, validUntil } from './saml.assertion.ts'
import { identityOf } from './saml.identity.ts'
import type { OpenSamlKey, SamlKeys } from './saml.keys.ts'
import { attributeOf } from './saml.xml.ts'

/** Our addresses at a host. The metadata's is our entity id there. */
export const addressesAt = (origin: string) => ({
  entityId: `${origin}/iam/auth/saml2/metadata`,
  acs: `${origin}/iam/auth/saml2/acs`,
  slo: `${origin}/iam/auth/saml2/slo`,
})

/** Remembers until when an id was used by a provider; false if it was before, in whichever process. */
export type Spend = (providerId: number, id: string, until: Date) => Promise<boolean>

export const settingsOf = ({ settings }: Provider) => settings as SamlSettings

/** The ID of a request, which XML wants to begin with a letter or `_`. */
export const requestIdOf = (state: string) => `_${state}`

/** The library, as whoever sends: signed, and with no wish how the person is authenticated. */
export function sender(provider: Provider, origin: string, key: OpenSamlKey, more: Partial<SamlConfig>): SAML {
  const { ssoUrl, sloUrl, certificates } = settingsOf(provider)
  const { entityId, acs } = addressesAt(origin)
  return new SAML({
    entryPoint: ssoUrl,
    ...(sloUrl !== undefined && { logoutUrl: sloUrl }),
    issuer: entityId,
    callbackUrl: acs,
    idpCert: certificates,
    privateKey: key.privatePem,
    signatureAlgorithm: 'sha256',
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    ...more,
  })
}

export function createSaml({ keys, spend }: { keys: SamlKeys; spend: Spend }): Protocol<{ SAMLResponse: string; RelayState: string }> {
  return {
    async start(provider, { origin, state }) {
      const [key] = await keys.live()
      if (!key) throw new Error('There is no key of SAML.')
      const saml = sender(provider, origin, key, { generateUniqueId: () => requestIdOf(state) })
      return { url: await saml.getAuthorizeUrlAsync(requestIdOf(state), undefined, {}), secrets: {} }
    },

    async answer(provider, { origin, state }, { SAMLResponse }) {
      const { entityId, certificates, signed } = settingsOf(provider)
      const { entityId: audience, acs } = addressesAt(origin)
      const trusted = { issuer: entityId, audience, acs, requestId: requestIdOf(state), certificates, signed }
      const assertion = await verifyResponse(SAMLResponse, trusted, await keys.live())
      const identity = identityOf(assertion, provider)
      const until = new Date(Math.min(validUntil(assertion).getTime(), Date.now() + OLDEST + 2 * SKEW))
      if (!(await spend(provider.id, attributeOf(assertion, 'ID') ?? '', until)))
        throw new ProviderError('saml_replayed', 'The assertion was used before.')
      return identity
    },
  }
}
