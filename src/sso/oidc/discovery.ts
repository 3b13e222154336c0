/** What a provider of OpenID Connect publishes: its addresses and its keys, read at its issuer and kept for some minutes. */
import { LRUCache } from 'lru-cache'
import * as client from 'openid-client'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import { ProviderError } from '../protocol.ts'
import { wrongAlgorithm } from './errors.ts'

/** Signatures by a key that only the provider has. Never `none`, never HMAC, whose key we have too, never SHA-1. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

const KEPT = 10 * 60_000

export interface Published {
  metadata: client.ServerMetadata
  /** Filled and read by openid-client: for five minutes, and read again for an unknown key, at most once a minute. */
  keys: NonNullable<ReturnType<typeof client.getJwksCache>> | undefined
}

export interface Discovery {
  /** @throws ProviderError */
  read(issuer: string): Promise<Published>
  /** Settings that openid-client works with, and `done`, which keeps the keys that it read. */
  configure(as: Published, of: Registered): { config: client.Configuration; done(): void }
}

/** How we are registered at a provider. */
export interface Registered {
  clientId: string
  clientSecret: string | undefined
  authMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
}

export function createDiscovery(outgoing: OutgoingFetch): Discovery {
  const published = new LRUCache<string, Published>({ max: 1000, ttl: KEPT, perf: Date })

  async function fetched(issuer: string): Promise<Published> {
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const answer = await outgoing(address, { headers: { accept: 'application/json' } })
    if (answer.status !== 200)
      throw new ProviderError('no_discovery', `${address} answers ${answer.status}: the address of the issuer may be wrong.`)
    const metadata: unknown = await answer.json().catch(() => undefined)
    if (!isMetadata(metadata)) throw new ProviderError('no_discovery', `${address} is no discovery document of OpenID Connect.`)
    if (metadata.issuer !== issuer)
      throw new ProviderError(
        'issuer_differs',
        `The provider’s issuer is ${metadata.issuer.slice(0, 200)}, not ${issuer}: enter it exactly so.`,
      )
    const announced = metadata.id_token_signing_alg_values_supported ?? ['RS256']
    const usable = announced.filter((alg) => algorithms.includes(alg))
    if (usable.length === 0) throw wrongAlgorithm(announced)
    return { metadata: { ...metadata, id_token_signing_alg_values_supported: usable }, keys: undefined }
  }

  return {
    async read(issuer) {
      const kept = published.get(issuer)
      if (kept !== undefined) return kept
      const read = await fetched(issuer)
      published.set(issuer, read)
      return read
    },
    configure: (as, of) => configure(as, of, outgoing),
  }
}

function configure(as: Published, of: Registered, outgoing: OutgoingFetch) {
  const config = new client.Configuration(as.metadata, of.clientId, { [client.clockTolerance]: 60 }, authentication(as.metadata, of))
  config[client.customFetch] = (url, options) => outgoing(url, options as RequestInit)
  // An issuer with http:// is in a network that the operator allows: the guard refused it otherwise.
  if (as.metadata.issuer.startsWith('http:')) client.allowInsecureRequests(config)
  // Otherwise openid-client trusts the connection and leaves the signature unchecked.
  client.enableNonRepudiationChecks(config)
  if (as.keys !== undefined) client.setJwksCache(config, as.keys)
  return {
    config,
    done: () => {
      as.keys = client.getJwksCache(config) ?? as.keys
    },
  }
}

function authentication(metadata: client.ServerMetadata, { clientSecret, authMethod }: Registered): client.ClientAuth {
  if (clientSecret === undefined) return client.None()
  const offered = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const method = authMethod ?? (offered.includes('client_secret_basic') ? 'client_secret_basic' : 'client_secret_post')
  return method === 'client_secret_post' ? client.ClientSecretPost(clientSecret) : client.ClientSecretBasic(clientSecret)
}

function isMetadata(found: unknown): found is client.ServerMetadata {
  if (typeof found !== 'object' || found === null) return false
  const of = found as Record<string, unknown>
  const algs = of.id_token_signing_alg_values_supported
  return (
    ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'].every((name) => typeof of[name] === 'string') &&
    [of.authorization_endpoint, of.end_session_endpoint].every(
      (one) => one === undefined || (URL.canParse(String(one)) && /^https?:/.test(String(one))),
    ) &&
    (algs === undefined || (Array.isArray(algs) && algs.every((alg) => typeof alg === 'string')))
  )
}
