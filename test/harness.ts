/** What a test file works with: a database of its own with the demo world in it, the application on it, and that world as plain objects. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyRequest } from 'fastify'
import { pino } from 'pino'
import { createLastUsageRecorder } from '../src/auth/tokens/tokens.usage.ts'
import type { Login } from '../src/db/embedded/server.ts'
import { knownMigrations } from '../src/db/migrate.ts'
import { connect, type Database } from '../src/db/open.ts'
import { openPool } from '../src/db/pool.ts'
import { type Showcase, showcase } from '../src/demo/showcase.ts'
import { collectWorld, type World } from '../src/demo/world.ts'
import { createAuthenticate } from '../src/http/authenticate.ts'
import { isSecret } from '../src/http/redaction.ts'
import type { App } from '../src/http/resource.ts'
import { openSigningKeys, type SigningKeys } from '../src/http/signing-keys.ts'
import { machineClock } from '../src/lib/clock.ts'
import type { Cipher } from '../src/lib/encryption.ts'
import { createCipher } from '../src/lib/encryption.ts'
import { networks } from '../src/lib/networks.ts'
import { outgoingFetch } from '../src/lib/outgoing.ts'
import { mailNetwork } from '../src/mail/servers.ts'
import { buildApp, type Deps } from '../src/server/app.ts'
import { assertCode } from './refusals.ts'

/** Made by test/run.ts. */
export interface TestServer {
  maintenance: string | Login
  app: string | Login
  template: string
}

export const worldOptions = { seed: 1, clients: 300 }

export interface Answer {
  status: number
  headers: Record<string, string | string[] | number | undefined>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  body: any
}

export interface Ask {
  /** What stands after `APIKey` in Authorization. */
  token?: string | undefined
  headers?: Record<string, string>
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown
}

export interface TestWorld {
  app: App
  database: Database
  keys: SigningKeys
  cipher: Cipher
  world: World
  shown: Showcase
  login: string | Login
  /** Asks the application and holds the answer against our own OpenAPI document: status declared, body as described. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  /** Starts a server more on this database, which caches callers as a real one does, and asks it. */
  another(): Promise<TestWorld['ask']>
  /** Operations met so far that are recorded as changes though their method says otherwise. */
  recorded: ReadonlySet<string>
}

/** No mail server: what is mailed is kept. */
const url = 'http://test'
export const testMail = {
  addresses: { url, brandUrl: undefined },
  network: mailNetwork({ smtpUrl: undefined, mailFrom: undefined, outgoingNetworks: [] }, url),
}

/** For what asks nobody. */
export const nothingOutgoing = async (url: string) => assert.fail(`${url} is asked`)

let made = 0

/** Call once at the top of a test file; everything is closed after its last test. `differently`: what this application is given instead. */
export async function openWorld(differently: Partial<Deps> | ((database: Database) => Partial<Deps>) = {}): Promise<TestWorld> {
  const server = testServer()
  const name = `${server.template}_${process.pid}_${made++}`
  const maintenance = openPool(server.maintenance, { max: 1 })
  const login = inDatabase(server.app, name)
  await maintenance.unsafe(`CREATE DATABASE ${name} OWNER ${ownerOf(server.app)} TEMPLATE ${server.template}`)
  const database = await connect(login, 10, 'test', async () => {
    // Not WITH (FORCE): an ordinary role may not end the vacuum of the server's own that may be at work there. Without, it is asked to leave.
    await maintenance`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = ${name} AND pg_has_role(usesysid, 'MEMBER')`
    await maintenance.unsafe(`DROP DATABASE ${name}`)
    await maintenance.end()
  })
  const cipher = createCipher('a secret for tests that is long enough')
  const keys = await openSigningKeys(database.system, cipher)
  const log = pino({ level: process.env.REEVE_LOG ?? 'silent' })
  const lastUsage = createLastUsageRecorder(database.system, log)
  const deps: Deps = {
    ...database,
    keys,
    cipher,
    clock: machineClock,
    mail: testMail,
    outgoing: outgoingFetch(networks(['127.0.0.0/8', '::1/128'])),
    migrations: await knownMigrations(),
    version: 'test',
    trustProxy: [],
    log,
    readTxt: async () => [], // no name has a record
    // Nothing is cached: tests change rows behind the application's back. test/caller-cache.test.ts is about the rest.
    authenticate: createAuthenticate(database.system, keys, machineClock, lastUsage.note, 0),
    ...(typeof differently === 'function' ? differently(database) : differently),
  }
  const app = await buildApp(deps)
  noteStatuses(app)
  const more: App[] = []
  const recorded = new Set<string>()
  app.addHook('onSend', async (request) => {
    if (request.routeOptions.config.changes) recorded.add(operationOf(request))
  })
  await app.ready()
  after(async () => {
    for (const one of [app, ...more]) await one.close()
    await lastUsage.close()
    await database.close()
  })
  return {
    app,
    database,
    keys,
    cipher,
    login,
    world: collectWorld(worldOptions),
    shown: showcase({ ...worldOptions, baseUrl: 'http://test' }),
    ask: asker(app),
    another: async () => {
      const one = await buildApp({ ...deps, authenticate: createAuthenticate(database.system, keys, machineClock, lastUsage.note) })
      more.push(one)
      noteStatuses(one)
      await one.ready()
      return asker(one)
    },
    recorded,
  }
}

/** `METHOD path` as our OpenAPI document has it. */
const operationOf = ({ method, routeOptions }: FastifyRequest) => `${method} ${routeOptions.url?.replace(/:(\w+)/g, '{$1}')}`

/** Notes, for test/run.ts, which status each operation answered. */
function noteStatuses(app: App) {
  const folder = process.env.REEVE_TEST_STATUSES
  if (!folder) return
  const answered = new Set<string>()
  app.addHook('onResponse', async (request, reply) => {
    answered.add(`${operationOf(request)} ${reply.statusCode}`)
  })
  app.addHook('onClose', async () => writeFileSync(join(folder, `${process.pid}-${made++}`), [...answered].join('\n')))
}

/** Answers that any request may get, whatever its route declares. */
const general = new Set([405, 413, 415, 429, 500, 503])

function asker(app: App): TestWorld['ask'] {
  const document = app.swagger() as unknown as {
    paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'openapi')
  const patterns = Object.keys(document.paths).map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`) }))
  const pathOf = (url: string) => {
    const bare = (url.split('?')[0] ?? '').replace(/^\/id\//, '/iam/').replace(/^\/auth\/jwt\//, '/iam/auth/jwt/')
    return patterns.filter(({ pattern }) => pattern.test(bare)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path
  }
  return async (method, url, { token, headers = {}, body } = {}) => {
    const reply = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(token !== undefined && { authorization: `APIKey ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer: Answer = { status: reply.statusCode, headers: reply.headers, text: reply.payload, body: parsed(reply.payload) }
    assert.ok(answer.headers['x-request-id'], `${method} ${url}: every answer carries X-Request-Id`)
    if (!String(answer.headers['content-type']).startsWith('text/html')) assertCode(answer.status, answer.headers, `${method} ${url}`)
    const path = pathOf(url)
    const operation = path && document.paths[path]?.[method.toLowerCase()]
    if (operation) assertNotKept(answer, `${method} ${url}`)
    if (operation && !general.has(answer.status)) {
      const declared = operation.responses[String(answer.status)]
      assert.ok(
        declared,
        `${method} ${url} answered ${answer.status} (${answer.text.slice(0, 300)}), which its route does not declare: add it to response`,
      )
      if (declared.content && 'application/json' in declared.content) {
        const at = `openapi#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${answer.status}/content/application~1json/schema`
        const validate = ajv.getSchema(encodeURI(at))
        assert.ok(validate, `no schema at ${at}`)
        assert.ok(validate(answer.body), `${method} ${url} ${answer.status} is not as described: ${ajv.errorsText(validate.errors)}`)
      }
    }
    return answer
  }
}

/** What may be cached has an ETag or is public, and holds no credential. */
function assertNotKept({ status, headers, body }: Answer, where: string) {
  const kept = headers['cache-control'] !== 'no-store'
  if (kept)
    assert.ok(headers.etag || /^public, /.test(String(headers['cache-control'])), `${where}: Cache-Control is ${headers['cache-control']}`)
  if (kept && status < 300) assert.ok(!holdsCredential(body), `${where}: an answer with a credential may be cached`)
}

const holdsCredential = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([name, inner]) => (typeof inner === 'string' ? isSecret(name) : holdsCredential(inner)))

/** Nothing of what is no JSON. */
export const parsed = (text: string) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function testServer(): TestServer {
  const server = process.env.REEVE_TEST_SERVER
  if (!server) throw new Error('Run tests through npm: npm test, or npm test -- path/to/one.test.ts. It starts the database they need.')
  return JSON.parse(server)
}

export const ownerOf = (app: TestServer['app']) => (typeof app === 'string' ? decodeURIComponent(new URL(app).username) : app.user)

export function inDatabase(login: TestServer['app'], database: string): TestServer['app'] {
  if (typeof login !== 'string') return { ...login, database }
  const url = new URL(login)
  url.pathname = `/${database}`
  return url.href
}
