/** Signing in by OpenID Connect (authorization code with PKCE), of which Google is one provider. Knows nothing of who gets in. */
import * as client from 'openid-client'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import { type OidcSettings, type Protocol, type Protocols, type Provider, ProviderError, type SocialSettings } from '../protocol.ts'
import { type Claims, identityOf, lacks, saysVerified } from './claims.ts'
import { createDiscovery, type Discovery } from './discovery.ts'
import { callbackAt, inWords } from './errors.ts'
import { githubProtocol } from './github.ts'

export const GOOGLE = 'https://accounts.google.com'
export const GITHUB = 'https://github.com'

/** Seconds that clocks may differ by, and that an ID token may be old: it was made for this very answer. */
const SKEW = 60
const OLDEST = 600

interface Kind {
  settings(provider: Provider): OidcSettings
  verified(claims: Claims): boolean
}

/** @param at where Google and GitHub are, for tests */
export function openIdProtocols(
  outgoing: OutgoingFetch,
  at: { google?: string; github?: string } = {},
  discovery: Discovery = createDiscovery(outgoing),
): Pick<Protocols, 'oidc' | 'google' | 'github'> {
  return {
    oidc: openId(discovery, { settings: ({ settings }) => settings as OidcSettings, verified: saysVerified }),
    google: openId(discovery, {
      settings: ({ settings }) => ({ issuer: at.google ?? GOOGLE, clientId: (settings as SocialSettings).clientId }),
      verified: googleKnows,
    }),
    github: githubProtocol(outgoing, at.github ?? GITHUB),
  }
}

/** Google answers for addresses of its own and of Workspace domains (`hd`); any other was its person's once, perhaps years ago. */
const googleKnows = (claims: Claims) =>
  saysVerified(claims) && (typeof claims.hd === 'string' || /@(gmail|googlemail)\.com$/i.test(String(claims.email)))

function openId(discovery: Discovery, kind: Kind): Protocol<URLSearchParams> {
  return {
    async start(provider, { origin, state }) {
      const { issuer, clientId, scopes = [] } = kind.settings(provider)
      const redirect = callbackAt(origin)
      const { metadata } = await discovery.read(issuer).catch((error) => {
        throw inWords(error, redirect)
      })
      const nonce = client.randomNonce()
      const verifier = client.randomPKCECodeVerifier()
      const { config } = discovery.configure({ metadata, keys: undefined }, { clientId, clientSecret: undefined })
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirect,
        scope: [...new Set(['openid', 'email', 'profile', ...scopes])].join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, secrets: { nonce, verifier, issuer, clientId } }
    },

    async answer(provider, { origin, state, secrets }, received) {
      const { issuer, clientId, authMethod } = kind.settings(provider)
      const redirect = callbackAt(origin)
      // A code goes only to the provider that the browser was sent to.
      if (secrets.issuer !== issuer || secrets.clientId !== clientId)
        throw new ProviderError('settings_changed', 'The provider’s settings changed while the person was there.')
      try {
        const as = await discovery.read(issuer)
        const { config, done } = discovery.configure(as, { clientId, clientSecret: provider.clientSecret, authMethod })
        const checks = { expectedState: state, expectedNonce: secrets.nonce ?? '', pkceCodeVerifier: secrets.verifier ?? '' }
        const tokens = await client.authorizationCodeGrant(config, new URL(`${redirect}?${received}`), checks).finally(done)
        const claims = tokens.claims()
        if (claims === undefined) throw new ProviderError('unreadable', 'The provider sends no ID token.')
        checkFurther(claims, clientId)
        const info =
          as.metadata.userinfo_endpoint !== undefined && lacks(claims, provider.groupsClaim)
            ? await client.fetchUserInfo(config, tokens.access_token, claims.sub).finally(done)
            : {}
        return identityOf(claims, info, provider.groupsClaim, kind.verified)
      } catch (error) {
        throw inWords(error, redirect)
      }
    },
  }
}

/** What openid-client leaves to its caller. @throws ProviderError */
function checkFurther({ azp, iat, exp }: client.IDToken, clientId: string) {
  if (azp !== undefined && azp !== clientId)
    throw new ProviderError('wrong_audience', `The ID token was issued to another client (azp): ${String(azp).slice(0, 200)}.`)
  const age = Date.now() / 1000 - iat
  if (age < -SKEW || age > OLDEST || exp < iat)
    throw new ProviderError(
      'wrong_time',
      `The ID token is not of now (iat: ${Math.abs(Math.round(age))} seconds ${age < 0 ? 'in the future' : 'ago'}). ` +
        'The clock of the provider or of this server may be wrong.',
    )
}
