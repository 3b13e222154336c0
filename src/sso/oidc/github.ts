/** Signing in with GitHub, which speaks OAuth: who it is, and at which address, are asked of its API. */
import * as client from 'openid-client'
import type { OutgoingFetch } from '../../lib/outgoing.ts'
import { type Protocol, type Provider, ProviderError, type SocialSettings } from '../protocol.ts'
import { isText, shown } from './claims.ts'
import { callbackAt, inWords } from './errors.ts'

/** GitHub's own API has a host of its own; an Enterprise Server has it below its address. */
const addressesAt = (base: string) => ({
  issuer: base,
  authorization_endpoint: `${base}/login/oauth/authorize`,
  token_endpoint: `${base}/login/oauth/access_token`,
  api: base === 'https://github.com' ? 'https://api.github.com' : `${base}/api/v3`,
})

export function githubProtocol(outgoing: OutgoingFetch, github: string): Protocol<URLSearchParams> {
  const configure = ({ settings, clientSecret }: Provider) => {
    const { clientId, baseUrl = github } = settings as SocialSettings
    const { api, ...metadata } = addressesAt(baseUrl.replace(/\/+$/, ''))
    const config = new client.Configuration(metadata, clientId, {}, client.ClientSecretPost(clientSecret ?? ''))
    config[client.customFetch] = async (url, options) => refusedBy200(await outgoing(url, options as RequestInit))
    if (metadata.issuer.startsWith('http:')) client.allowInsecureRequests(config)
    return { config, api, issuer: metadata.issuer, clientId }
  }

  return {
    async start(provider, { origin, state }) {
      const { config, issuer, clientId } = configure(provider)
      const verifier = client.randomPKCECodeVerifier()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callbackAt(origin),
        scope: 'read:user user:email',
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, secrets: { verifier, issuer, clientId } }
    },

    async answer(provider, { origin, state, secrets }, received) {
      const { config, api, issuer, clientId } = configure(provider)
      const redirect = callbackAt(origin)
      if (secrets.issuer !== issuer || secrets.clientId !== clientId)
        throw new ProviderError('settings_changed', 'The provider’s settings changed while the person was there.')
      try {
        const checks = { expectedState: state, pkceCodeVerifier: secrets.verifier ?? '' }
        const { access_token } = await client.authorizationCodeGrant(config, new URL(`${redirect}?${received}`), checks)
        const ask = (path: string) => askApi(config, access_token, `${api}${path}`)
        const user = (await ask('/user')) as { id?: unknown; login?: unknown; name?: unknown } | null
        if (!Number.isSafeInteger(user?.id) || user === null) throw new ProviderError('unreadable', 'GitHub does not say who it is (id).')
        const email = primaryOf(await ask('/user/emails?per_page=100'))
        return {
          subject: String(user.id),
          email,
          emailVerified: email !== undefined,
          name: [user.name, user.login].find(isText),
          groups: [],
          amr: [],
          session: undefined,
          issuer,
          claims: shown({ id: user.id, login: user.login, name: user.name, email }),
        }
      } catch (error) {
        throw inWords(error, redirect)
      }
    },
  }
}

/** The primary address, if it is verified. Any other may be somebody else's by now. */
function primaryOf(list: unknown): string | undefined {
  if (!Array.isArray(list)) throw new ProviderError('unreadable', 'GitHub does not list the addresses of the person.')
  const primary = list.filter((one) => one?.primary === true)
  return primary.length === 1 && primary[0].verified === true && isText(primary[0].email) ? primary[0].email : undefined
}

async function askApi(config: client.Configuration, token: string, address: string): Promise<unknown> {
  const headers = new Headers({ accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', 'user-agent': 'Reeve' })
  const answer = await client.fetchProtectedResource(config, token, new URL(address), 'GET', undefined, headers)
  if (answer.status !== 200)
    throw new ProviderError(
      'refused',
      `${address} answers ${answer.status}. The application must be allowed to read the addresses of the person.`,
    )
  return answer.json().catch(() => {
    throw new ProviderError('unreadable', `${address} answers with something else than JSON.`)
  })
}

/** GitHub says 200 where it refuses. */
async function refusedBy200(answer: Response): Promise<Response> {
  if (answer.status !== 200) return answer
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined)
  const isRefusal = typeof body === 'object' && body !== null && 'error' in body
  return isRefusal ? new Response(JSON.stringify(body), { status: 400, headers: answer.headers }) : answer
}
