/** Builds the HTTP application: plugins first, then the explicit list of resources. */
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import serializerOf from 'fast-json-stringify'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import type { DiskWatch } from './db/disk.ts'
import type { Migration } from './db/migrate.ts'
import { type Database, STREAMS } from './db/open.ts'
import { createVersions } from './db/versions.ts'
import { access, guard } from './http/access.ts'
import { recordRefused } from './http/activity.ts'
import type { Authenticate } from './http/authenticate.ts'
import { BODY_LIMIT, compileBody, readJsonBodies } from './http/bodies.ts'
import { CONNECTION_LIMITS, type ConnectionLimits, limitConnections, serverOptions } from './http/connections.ts'
import { answerUndecodable, answerUnreadable, handleErrors } from './http/errors.ts'
import { setHeaders } from './http/headers.ts'
import { createListMemory } from './http/list-memory.ts'
import { answerOtherMethods } from './http/methods.ts'
import { describe } from './http/openapi.ts'
import { guardOperators } from './http/operators.ts'
import { noteOrigins, trustIn } from './http/origin.ts'
import { createSendList } from './http/paging.ts'
import { compileParameters } from './http/parameters.ts'
import { limitAddresses, limitCredentials, type Rates, unlimited } from './http/rate-limits.ts'
import { noteSecretPaths } from './http/redaction.ts'
import type { App } from './http/resource.ts'
import { SLOWEST, type Slowest } from './http/streams.ts'
import type { Clock } from './lib/clock.ts'
import type { Seal } from './lib/seal.ts'
import { createSemaphore, sharesOf } from './lib/semaphore.ts'
import type { SigningKeys } from './lib/signing-keys.ts'
import type { Addresses } from './mail/brand.ts'
import type { MailNetwork } from './mail/servers.ts'
import { logInAs } from './resources/account/account.as.routes.ts'
import { createExpiry } from './resources/account/account.expiry.ts'
import { links } from './resources/account/account.links.routes.ts'
import { account } from './resources/account/account.routes.ts'
import { activityByCursor } from './resources/activity/activity.cursor.routes.ts'
import { activity } from './resources/activity/activity.routes.ts'
import { availability } from './resources/availability/availability.routes.ts'
import { brandingImages } from './resources/branding/branding.images.routes.ts'
import { testMail } from './resources/branding/branding.mail.routes.ts'
import { branding, brandingUploads } from './resources/branding/branding.routes.ts'
import { clientsByCursor } from './resources/clients/clients.cursor.routes.ts'
import { clientDetails } from './resources/clients/clients.details.routes.ts'
import { clientLives } from './resources/clients/clients.life.routes.ts'
import { clients } from './resources/clients/clients.routes.ts'
import { documentation } from './resources/documentation/documentation.routes.ts'
import { features } from './resources/features/features.routes.ts'
import { linkPages } from './resources/links/links.routes.ts'
import { members } from './resources/members/members.routes.ts'
import { notifications } from './resources/notifications/notifications.routes.ts'
import { outbox } from './resources/outbox/outbox.routes.ts'
import { passkeys } from './resources/passkeys/passkeys.routes.ts'
import { resellers } from './resources/resellers/resellers.routes.ts'
import { sellers } from './resources/sellers/sellers.routes.ts'
import { server } from './resources/server/server.routes.ts'
import { services } from './resources/services/services.routes.ts'
import { sessions } from './resources/sessions/sessions.routes.ts'
import { tokens } from './resources/tokens/tokens.routes.ts'
import { createProof } from './resources/two-step/two-step.proof.ts'
import { requiredTwoStep } from './resources/two-step/two-step.required.routes.ts'
import { twoStep } from './resources/two-step/two-step.routes.ts'
import { usersByCursor } from './resources/users/users.cursor.routes.ts'
import { users } from './resources/users/users.routes.ts'

export interface Deps {
  scope: Database['scope']
  system: Database['system']
  keys: SigningKeys
  seal: Seal
  clock: Clock
  authenticate: Authenticate
  mail: { addresses: Addresses; network: MailNetwork }
  migrations: readonly Migration[]
  log: FastifyBaseLogger
  trustProxy: string[]
  /** Of the settings, for operators: /readyz shows them. */
  warnings?: readonly string[]
  /** Whether the database has space left. */
  disk?: Pick<DiskWatch, 'isFull'>
  /** Without them anybody may ask any number of times. */
  rates?: Rates
  version: string
  /** Days that a password works; left out, for as long as its user likes. */
  passwordDays?: number | undefined
  /** Opens /metrics and /docs to others than this machine. */
  metricsToken?: string | undefined
  /** What a connection may take and how long, where it is not as usual. */
  connections?: Partial<ConnectionLimits>
  /** How slow the reader of a stream may be. */
  slowest?: Slowest
}

const forOperators = { access: access.public, operatorsOnly: true } as const

export async function buildApp(deps: Deps): Promise<App> {
  const {
    scope,
    system,
    keys,
    seal,
    clock,
    authenticate,
    mail,
    migrations,
    log,
    trustProxy,
    rates = unlimited,
    passwordDays,
    metricsToken,
    version,
    slowest = SLOWEST,
  } = deps
  const trusts = trustIn(trustProxy)
  const connections = { ...CONNECTION_LIMITS, ...deps.connections }
  const app: App = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }), // one line a request, below, and not two
    trustProxy: trustProxy.length > 0 && trusts,
    bodyLimit: BODY_LIMIT,
    genReqId: ({ headers: { 'x-request-id': given }, socket }) =>
      typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) && trusts(socket.remoteAddress) ? given : randomUUID(),
    rewriteUrl: ({ url = '/' }) => url.replace(/^\/id\//, '/iam/').replace(/^\/auth\/jwt\//, '/iam/auth/jwt/'),
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerUnreadable,
    ...serverOptions(connections),
    frameworkErrors: answerUndecodable,
  })
  setHeaders(app, mail.addresses.url)
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ req: request, res: reply, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'answered')
  })
  app.setValidatorCompiler(({ schema, httpPart }) =>
    httpPart === 'body' ? atFirstUse(() => compileBody(schema)) : atFirstUse(() => compileParameters(schema)),
  )
  app.setSerializerCompiler(({ schema }) => atFirstUse(() => serializerOf(schema as object)))
  handleErrors(app)
  readJsonBodies(app)
  limitConnections(app, connections, trusts)

  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { ...route.config, ...forOperators }
  })
  noteSecretPaths(app)
  noteOrigins(app, trusts) // first: what is refused is recorded with its address too
  recordRefused(app, scope, rates.refused)
  limitAddresses(app, rates)
  answerOtherMethods(app)
  guardOperators(app, {
    token: metricsToken,
    behindUnknownProxy: mail.addresses.url.startsWith('https:') && trustProxy.length === 0,
  })
  guard(app, authenticate)
  limitCredentials(app, rates)
  await describe(app, version)

  // Sign-ins and small things are to find a core at once: of our lists the database and this process have so many in hand, whoever asks.
  const cores = Math.max(1, availableParallelism() - 1)
  const sendList = createSendList({
    scope,
    memory: createListMemory(createVersions(system), version),
    costly: createSemaphore({ name: 'costly_lists', ...sharesOf({ permits: 2 * cores, queue: 200 }), timeout: 10_000 }),
    streams: createSemaphore({ name: 'streams', ...sharesOf({ permits: STREAMS, queue: 50 }), timeout: 10_000 }),
    batches: createSemaphore({ name: 'stream_batches', permits: cores, queue: STREAMS, timeout: 60_000 }),
    slowest,
  })
  const handles = { scope, sendList }

  const proof = createProof({ system, seal, clock })
  account(app, { ...handles, system, seal, keys, proof, expiry: createExpiry(system, seal, clock, passwordDays) })
  twoStep(app, { ...handles, seal, proof })
  passkeys(app, { ...handles, system, keys, proof, mail })
  logInAs(app, { ...handles, keys })
  links(app, { ...handles, system, seal })
  await linkPages(app, { system, seal, mail })
  users(app, { ...handles, seal, proof })
  members(app, { ...handles, seal })
  usersByCursor(app, handles)
  clients(app, handles)
  services(app, handles)
  availability(app, handles)
  features(app, handles)
  clientsByCursor(app, handles)
  clientDetails(app, handles)
  clientLives(app, { ...handles, seal, proof })
  tokens(app, handles)
  sessions(app, { ...handles, proof })
  branding(app, { ...handles, seal })
  await brandingUploads(app, handles)
  brandingImages(app, { system })
  testMail(app, { ...handles, seal, mail })
  outbox(app, { ...handles, seal, mail })
  notifications(app, handles)
  resellers(app, { ...handles, seal })
  requiredTwoStep(app, handles)
  sellers(app, { ...handles, seal })
  documentation(app, handles)
  activity(app, handles)
  activityByCursor(app, handles)
  server(app, { system, disk: deps.disk ?? { isFull: () => false }, keys, migrations, warnings: deps.warnings ?? [] })
  app.get('/openapi.json', { config: forOperators, schema: { hide: true } }, async () => app.swagger())

  return app
}

/** There are hundreds of validators and serializers, and a start waits for none of them to be compiled. */
function atFirstUse<In, Out>(compile: () => (value: In) => Out): (value: In) => Out {
  let compiled: ((value: In) => Out) | undefined
  return (value) => {
    compiled ??= compile()
    return compiled(value)
  }
}
