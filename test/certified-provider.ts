/** oidc-provider, a certified provider of OpenID Connect, and a browser that signs in there. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import Provider from 'oidc-provider'
import { rsa } from './openid-provider.ts'

type Json = Record<string, unknown>

/** @param people their claims by subject */
export async function certifiedProvider(clients: Json[], people: Record<string, Json>) {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let subject = Object.keys(people)[0] ?? ''
  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({ response_types: ['code'], grant_types: ['authorization_code'], ...client })),
    jwks: { keys: [rsa(), ec].map(({ privateKey }, i) => ({ ...privateKey.export({ format: 'jwk' }), kid: `key ${i}`, use: 'sig' })) },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    // Its own guard lets it call nobody on this machine.
    fetch: (url: string, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) => fetch(url, options),
    renderError: (ctx: { body: string }, out: object) => {
      ctx.body = JSON.stringify(out)
    },
  })
  const handle = provider.callback()
  server.on('request', async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return handle(request, response)
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: subject } }, { mergeWithLastSubmission: false })
    const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    const consent = { grantId: await grant.save() }
    await provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  /** A browser. It goes where it is sent until it leaves the provider, and says where to. */
  const browser = () => {
    const cookies = new Map<string, string>()
    async function visit(url: string, form?: URLSearchParams): Promise<{ left: URL | undefined; page: string }> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie }, ...(form && { method: 'POST', body: form }) })
      for (const one of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const page = await answer.text()
      const to = answer.headers.get('location')
      if (to === null) return { left: undefined, page }
      const next = new URL(to, url)
      return next.origin === issuer ? visit(next.href) : { left: next, page }
    }
    return { visit }
  }
  return {
    issuer,
    browser,
    signsInAs: (id: string) => {
      subject = id
    },
  }
}
