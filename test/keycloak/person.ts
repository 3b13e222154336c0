/** A person before a browser, as far as Keycloak's pages need one, and the administrator of a realm. */
import assert from 'node:assert/strict'

export const password = 'correct horse battery staple'

const unescaped = (text: string) =>
  text.replaceAll('&amp;', '&').replaceAll('&#x3d;', '=').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
const attribute = (tag: string, name: string) => unescaped(new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? '')

export class Person {
  readonly #cookies = new Map<string, string>()
  readonly #keycloak: string
  readonly #reeve: string
  readonly #name: string

  constructor(keycloak: string, reeve: string, name: string) {
    this.#keycloak = keycloak
    this.#reeve = reeve
    this.#name = name
  }

  keep(response: Response): Response {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/max-age=0\b|1970/i.test(cookie)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  async #ask(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return this.keep(
      await fetch(url, { redirect: 'manual', ...init, headers: { cookie, accept: 'text/html', ...(init.headers as object) } }),
    )
  }

  /** Follows redirects, signs in, and sends the forms that a page would send by itself. @returns the first page of the console */
  async go(address: string): Promise<string> {
    let url = address
    let response = await this.#ask(url)
    for (let steps = 0; steps < 20; steps++) {
      const location = response.headers.get('location')
      if (location) {
        url = new URL(location, url).href
        const { origin, pathname } = new URL(url)
        if (origin === this.#reeve && !/^\/(reeve|iam)\//.test(pathname)) return url
        response = await this.#ask(url)
        continue
      }
      const text = await response.text()
      assert.equal(response.status, 200, `${url}: ${text.slice(0, 2000)}`)
      const form = /<form[\s\S]*?<\/form>/i.exec(text)?.[0]
      assert.ok(form, `${url} has no form: ${text.slice(0, 2000)}`)
      const fields = [...form.matchAll(/<input[^>]*>/gi)].map(([tag]) => [attribute(tag, 'name'), attribute(tag, 'value')] as const)
      const body = new URLSearchParams(fields.filter(([name]) => name !== '') as [string, string][])
      if (body.has('username')) body.set('username', this.#name)
      if (body.has('password')) body.set('password', password)
      url = new URL(attribute(/<form[^>]*>/i.exec(form)?.[0] ?? '', 'action'), url).href
      assert.ok(url.startsWith(this.#keycloak) || url.startsWith(this.#reeve), `a form goes to ${url}`)
      response = await this.#ask(url, { method: 'POST', body })
    }
    throw new Error(`No end after 20 steps: ${url}`)
  }

  async #console(path: string): Promise<unknown> {
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
    const response = await this.#ask(`${this.#reeve}/reeve/session/${path}`, { method: 'POST', body: '{}', headers })
    const text = await response.text()
    assert.equal(response.status, 200, `${path}: ${text}`)
    return JSON.parse(text)
  }

  /** The access token that the console gets for its cookie. */
  async access(): Promise<string> {
    return ((await this.#console('refresh')) as { access: string }).access
  }

  /** @returns where the provider signs out */
  async signOut(): Promise<string> {
    return ((await this.#console('sign_out')) as { url: string }).url
  }
}

interface Client {
  id: string
  attributes: Record<string, string>
}

export class KeycloakAdmin {
  readonly #url: string
  readonly #realm: string
  readonly #credentials: { username: string; password: string }
  #token = ''

  constructor(url: string, realm: string, username: string, password: string) {
    this.#url = url
    this.#realm = realm
    this.#credentials = { username, password }
  }

  /** For a minute: Keycloak's tokens of administrators do not last longer. */
  async signIn(): Promise<void> {
    const body = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...this.#credentials })
    const response = await fetch(`${this.#url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body })
    this.#token = ((await response.json()) as { access_token: string }).access_token
  }

  async #send(method: string, url: string, body?: unknown): Promise<Response> {
    const send = () =>
      fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    let response = await send()
    if (response.status === 401) {
      await this.signIn()
      response = await send()
    }
    assert.ok(response.ok, `${method} ${url}: ${response.status} ${response.ok ? '' : await response.clone().text()}`)
    return response
  }

  ask(method: string, path: string, body?: unknown): Promise<Response> {
    return this.#send(method, `${this.#url}/admin/realms/${this.#realm}${path}`, body)
  }

  async create(): Promise<void> {
    await this.#send('POST', `${this.#url}/admin/realms`, { realm: this.#realm, enabled: true })
  }

  /** @returns the id */
  async person(username: string, email: string, groups: string[]): Promise<string> {
    const credentials = [{ type: 'password', value: password, temporary: false }]
    const firstName = username.replace(/^./, (first) => first.toUpperCase())
    const user = { username, email, emailVerified: true, firstName, lastName: 'Example', enabled: true, groups, credentials }
    const response = await this.ask('POST', '/users', user)
    return response.headers.get('location')?.split('/').at(-1) ?? ''
  }

  async join(userId: string, group: string): Promise<void> {
    const [found] = (await (await this.ask('GET', `/groups?search=${group}`)).json()) as { id: string }[]
    await this.ask('PUT', `/users/${userId}/groups/${found?.id}`)
  }

  async client(clientId: string): Promise<Client> {
    const [found] = (await (await this.ask('GET', `/clients?clientId=${encodeURIComponent(clientId)}`)).json()) as Client[]
    assert.ok(found)
    return found
  }

  async sessionsOf(userId: string): Promise<number> {
    return ((await (await this.ask('GET', `/users/${userId}/sessions`)).json()) as unknown[]).length
  }

  /** @returns the id of the new key */
  async addKey(priority: number): Promise<string> {
    const config = { priority: [String(priority)], enabled: ['true'], active: ['true'], keySize: ['2048'], algorithm: ['RS256'] }
    const key = { name: 'next', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider', config }
    const response = await this.ask('POST', '/components', key)
    return response.headers.get('location')?.split('/').at(-1) ?? ''
  }

  async prefer(key: string, priority: number): Promise<void> {
    const component = (await (await this.ask('GET', `/components/${key}`)).json()) as { config: Record<string, string[]> }
    component.config.priority = [String(priority)]
    await this.ask('PUT', `/components/${key}`, component)
  }
}
