/** A provider of OpenID Connect that does as its specification says, but for what a test has it do differently. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { base64url, exportJWK, type JWK, SignJWT } from 'jose'

type Json = Record<string, unknown>
export type Answer = (response: ServerResponse) => unknown

/** What this provider does differently, for one sign-in. */
export interface Forgery {
  discovery?: (document: Json) => Json | Answer
  keys?: (set: { keys: JWK[] }) => Json | Answer
  header?: Json
  claims?: (claims: Json) => Json
  /** Makes the ID token of its claims. */
  token?: (claims: Json, header: Json & { alg: string }) => string | Promise<string>
  response?: (body: Json) => Json | Answer
  info?: (body: Json) => Json | Answer
}

export const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })
export const part = (value: unknown) => base64url.encode(JSON.stringify(value))
export const signed = (claims: Json, header: Json & { alg: string }, key: KeyObject | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key)

interface Issued {
  redirect: string
  client: string
  challenge: string
  nonce: string | null
  scope: string
}

export const person: Json = {
  sub: 'person-1',
  email: 'anna@customer.example',
  email_verified: true,
  name: 'Anna Berg',
  groups: ['staff', 'admins'],
  sid: 'session-1',
  amr: ['pwd', 'mfa'],
}

export type OpenIdProvider = Awaited<ReturnType<typeof openIdProvider>>

export async function openIdProvider(clients: Record<string, string>) {
  const key = rsa()
  const kid = randomUUID()
  const publicKey: JWK = { ...(await exportJWK(key.publicKey)), kid, use: 'sig', alg: 'RS256' }
  const codes = new Map<string, Issued>()
  const infoTokens = new Set<string>()
  const op = {
    issuer: '',
    key,
    kid,
    publicKey,
    forged: {} as Forgery,
    /** Which person signs in. */
    person,
    /** Claims that only the user info has. */
    onlyInfo: [] as string[],
    /** Paths that were asked for. */
    asked: [] as string[],
    authorize,
    idToken,
  }

  /** What the authorization endpoint answers to the browser. @throws if the request is not as it must be */
  function authorize(url: string): URLSearchParams {
    const query = new URL(url).searchParams
    const of = (name: string) => query.get(name) ?? ''
    if (!clients[of('client_id')] || of('response_type') !== 'code' || of('code_challenge_method') !== 'S256' || of('state').length < 20)
      throw new Error(`not a request: ${url}`)
    const code = randomUUID()
    codes.set(code, {
      redirect: of('redirect_uri'),
      client: of('client_id'),
      challenge: of('code_challenge'),
      nonce: query.get('nonce'),
      scope: of('scope'),
    })
    return new URLSearchParams({ code, state: of('state'), iss: op.issuer })
  }

  async function idToken(client: string, nonce: string | null): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const of = Object.entries(op.person).filter(([name]) => !op.onlyInfo.includes(name))
    const claims = { ...Object.fromEntries(of), iss: op.issuer, aud: client, exp: now + 300, iat: now, ...(nonce !== null && { nonce }) }
    const header = { alg: 'RS256', kid, ...op.forged.header }
    const changed = op.forged.claims?.(claims) ?? claims
    return op.forged.token?.(changed, header) ?? signed(changed, header, key.privateKey)
  }

  async function token(request: IncomingMessage): Promise<[number, Json]> {
    const body = new URLSearchParams((await request.toArray()).join(''))
    const [user = '', password = ''] = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':')
      .map((one) => decodeURIComponent(one.replaceAll('+', ' ')))
    const [id, secret] = user === '' ? [body.get('client_id') ?? '', body.get('client_secret') ?? ''] : [user, password]
    if (clients[id] === undefined || clients[id] !== secret) return [401, { error: 'invalid_client' }]
    const issued = codes.get(body.get('code') ?? '')
    codes.delete(body.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url')
    if (issued?.client !== id || issued.redirect !== body.get('redirect_uri') || issued.challenge !== challenge)
      return [400, { error: 'invalid_grant', error_description: 'The code is not of this client and request' }]
    const accessToken = randomUUID()
    infoTokens.add(accessToken)
    const open = issued.scope.split(' ').includes('openid')
    return [200, { access_token: accessToken, token_type: 'Bearer', ...(open && { id_token: await idToken(id, issued.nonce) }) }]
  }

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '', op.issuer).pathname
    op.asked.push(path)
    const { forged } = op
    const send = (body: Json, differently: ((body: never) => Json | Answer) | undefined, status = 200) => {
      const sent = differently?.(body as never) ?? body
      if (typeof sent === 'function') return (sent as Answer)(response)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(sent))
    }
    switch (path) {
      case '/.well-known/openid-configuration':
        return send(discovery(op.issuer), forged.discovery)
      case '/authorize':
        return response.writeHead(302, { location: `${redirectOf(request.url)}?${authorize(`${op.issuer}${request.url}`)}` }).end()
      case '/end':
        return response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<!doctype html><link rel="icon" href="data:,"><title>Out</title><h1>Signed out there</h1>')
      case '/keys':
        return send({ keys: [publicKey] }, forged.keys)
      case '/token': {
        const [status, body] = await token(request)
        return send(body, forged.response, status)
      }
      case '/info':
        if (!infoTokens.has(request.headers.authorization?.replace('Bearer ', '') ?? '')) return response.writeHead(401).end()
        return send(op.person, forged.info)
      default:
        return response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  op.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return op
}

const redirectOf = (url = '') => new URL(url, 'http://localhost').searchParams.get('redirect_uri')

const discovery = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/keys`,
  userinfo_endpoint: `${issuer}/info`,
  end_session_endpoint: `${issuer}/end`,
  id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256', 'none', 'RS1'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  authorization_response_iss_parameter_supported: true,
})
