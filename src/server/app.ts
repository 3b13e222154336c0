/** Builds the HTTP application: plugins first, then the explicit list of resources. */

import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import serializerOf from 'fast-json-stringify'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { availability } from '../accounts/availability/availability.routes.ts'
import { changeSets } from '../accounts/change-sets/change-sets.routes.ts'
import { clients } from '../accounts/clients/clients.routes.ts'
import { clientDetails } from '../accounts/clients/details/details.routes.ts'
import { clientLifecycle } from '../accounts/clients/lifecycle/lifecycle.routes.ts'
import { clientsByCursor } from '../accounts/clients/list/list.cursor.routes.ts'
import { clientExport } from '../accounts/clients/list/list.export.routes.ts'
import { ownAccounts } from '../accounts/clients/own/own.routes.ts'
import { staffAccess } from '../accounts/clients/staff-access/staff-access.routes.ts'
import { features } from '../accounts/features/features.routes.ts'
import { services } from '../accounts/services/services.routes.ts'
import { activityByCursor } from '../audit/activity.cursor.routes.ts'
import { activity } from '../audit/activity.routes.ts'
import { timeline } from '../audit/timeline.routes.ts'
import { logInAs } from '../auth/act-as/act-as.routes.ts'
import { consoleSessions } from '../auth/console-sessions/console-sessions.routes.ts'
import { passkeys } from '../auth/passkeys/passkeys.routes.ts'
import { createExpiry } from '../auth/passwords/passwords.expiry.ts'
import { passwordLinks } from '../auth/passwords/passwords.links.routes.ts'
import { passwords } from '../auth/passwords/passwords.routes.ts'
import { sessions } from '../auth/sessions/sessions.routes.ts'
import { signInRoutes } from '../auth/sign-in/sign-in.routes.ts'
import { tokens } from '../auth/tokens/tokens.routes.ts'
import { twoStep } from '../auth/two-step/two-step.routes.ts'
import { createVerifier } from '../auth/two-step/two-step.verifier.ts'
import type { DiskWatch } from '../db/disk.ts'
import type { Migration } from '../db/migrate.ts'
import { type Database, STREAMS } from '../db/open.ts'
import { access, guard } from '../http/access.ts'
import { recordRefused } from '../http/activity.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { BODY_LIMIT, compileBody, readJsonBodies } from '../http/bodies.ts'
import { CONNECTION_LIMITS, type ConnectionLimits, limitConnections, serverOptions } from '../http/connections.ts'
import { answerUndecodable, answerUnreadable, handleErrors } from '../http/errors.ts'
import { setHeaders } from '../http/headers.ts'
import { answerOtherMethods } from '../http/methods.ts'
import { guardOperators } from '../http/operators.ts'
import { recordOrigins, trustIn } from '../http/origin.ts'
import { compileParameters } from '../http/parameters.ts'
import { limitAddresses, limitCredentials, unlimited } from '../http/rate-limits.ts'
import { recordSecretPaths } from '../http/redaction.ts'
import type { App } from '../http/resource.ts'
import type { SigningKeys } from '../http/signing-keys.ts'
import type { Clock } from '../lib/clock.ts'
import type { Rates } from '../lib/config.ts'
import type { Cipher } from '../lib/encryption.ts'
import type { OutgoingFetch } from '../lib/outgoing.ts'
import { createSemaphore, sharesOf } from '../lib/semaphore.ts'
import { linkPages } from '../links/links.routes.ts'
import { createListCache } from '../lists/cache.ts'
import { createSendList } from '../lists/paging.ts'
import { createSendStream } from '../lists/streaming.ts'
import { SLOWEST, type Slowest } from '../lists/streams.ts'
import { createVersions } from '../lists/versions.ts'
import type { Addresses } from '../mail/brand.ts'
import type { MailNetwork } from '../mail/servers.ts'
import { emailChanges } from '../people/email-changes/email-changes.routes.ts'
import { lockdown } from '../people/lockdown/lockdown.routes.ts'
import { members } from '../people/members/members.routes.ts'
import { preferences } from '../people/preferences/preferences.routes.ts'
import { presets } from '../people/presets/presets.routes.ts'
import { usersByCursor } from '../people/users/users.cursor.routes.ts'
import { users } from '../people/users/users.routes.ts'
import { directories } from '../scim/directories/directories.routes.ts'
import { scim } from '../scim/scim.routes.ts'
import { createDiscovery } from '../sso/oidc/discovery.ts'
import { openIdProtocols } from '../sso/oidc/oidc.ts'
import type { Protocols } from '../sso/protocol.ts'
import { providerDomains } from '../sso/providers/providers.domains.routes.ts'
import { type ReadTxt, readTxt } from '../sso/providers/providers.domains.ts'
import { identityProviders } from '../sso/providers/providers.routes.ts'
import { createSamlKeys } from '../sso/saml/saml.keys.ts'
import { settingsReader } from '../sso/saml/saml.reading.ts'
import { samlMetadata } from '../sso/saml/saml.routes.ts'
import { createSaml } from '../sso/saml/saml.ts'
import { ssoSignIn } from '../sso/sign-in/sign-in.routes.ts'
import { ssoTests } from '../sso/sign-in/sign-in.tests.routes.ts'
import { backchannelLogout } from '../sso/sign-out/sign-out.routes.ts'
import { signOutElsewhere } from '../sso/sign-out/sign-out.rules.ts'
import { samlLogout } from '../sso/sign-out/sign-out.saml.routes.ts'
import { spend } from '../sso/spent.ts'
import { brandingImages } from '../tenants/branding/branding.images.routes.ts'
import { testMail } from '../tenants/branding/branding.mail.routes.ts'
import { hostBrand } from '../tenants/branding/branding.public.routes.ts'
import { branding, brandingUploads } from '../tenants/branding/branding.routes.ts'
import { notifications } from '../tenants/notifications/notifications.routes.ts'
import { outbox } from '../tenants/outbox/outbox.routes.ts'
import { resellers } from '../tenants/resellers/resellers.routes.ts'
import { search } from '../tenants/search/search.routes.ts'
import { securitySettings } from '../tenants/security/security.routes.ts'
import { sellers } from '../tenants/sellers/sellers.routes.ts'
import { statistics } from '../tenants/statistics/statistics.routes.ts'
import { serveConsole } from './console.ts'
import { cspReports } from './csp-reports.routes.ts'
import { documentation } from './documentation.routes.ts'
import { server } from './health.routes.ts'
import { describe } from './openapi.ts'
import { recordRequests } from './requests.ts'

export interface Deps {
  scope: Database['scope']
  system: Database['system']
  keys: SigningKeys
  cipher: Cipher
  clock: Clock
  authenticate: Authenticate
  mail: { addresses: Addresses; network: MailNetwork }
  /** Sends every HTTP request of ours. */
  outgoing: OutgoingFetch
  migrations: readonly Migration[]
  log: FastifyBaseLogger
  trustProxy: string[]
  /** Tells what is wrong with the settings and the backup, which /readyz shows to operators. */
  warnings?: () => Promise<readonly string[]>
  isDraining?: () => boolean
  /** Whether the database has space left. */
  disk?: Pick<DiskWatch, 'isFull'>
  standbys?: Database['standbys']
  /** Without them nothing is rate limited. */
  rates?: Rates
  version: string
  /** Days until a password expires; left out if passwords do not expire. */
  passwordDays?: number | undefined
  /** Opens /metrics and /docs to other machines. */
  metricsToken?: string | undefined
  /** The folder with the built console; without it no page is served. */
  consoleFolder?: string
  connections?: Partial<ConnectionLimits>
  /** How to sign in by another system. */
  protocols?: Protocols
  /** Reads the TXT records of a name; the resolver of the machine if left out. */
  readTxt?: ReadTxt
  /** How slow the reader of a stream may be. */
  slowest?: Slowest
}

const forOperators = { access: access.public, operatorsOnly: true } as const

export async function buildApp(deps: Deps): Promise<App> {
  const {
    scope,
    system,
    keys,
    cipher,
    clock,
    authenticate,
    mail,
    outgoing,
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
    logController: new LogController({ disableRequestLogging: true }), // one line per request, below, instead of two
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
  recordRequests(app)
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
  recordSecretPaths(app)
  recordOrigins(app, trusts) // first, so that rejected requests are recorded with their address too
  recordRefused(app, scope, rates.refused)
  limitAddresses(app, rates)
  if (deps.consoleFolder !== undefined) await serveConsole(app, deps.consoleFolder)
  answerOtherMethods(app)
  guardOperators(app, {
    token: metricsToken,
    behindUnknownProxy: mail.addresses.url.startsWith('https:') && trustProxy.length === 0,
  })
  guard(app, authenticate)
  limitCredentials(app, rates)
  await describe(app, version)

  // Leaves a core for sign-ins and small requests: limits how many costly lists are in progress in the database and in this process, across
  // all callers.
  const cores = Math.max(1, availableParallelism() - 1)
  const costly = createSemaphore({ name: 'costly_lists', ...sharesOf({ permits: 2 * cores, queue: 200 }), timeout: 10_000 })
  const sendStream = createSendStream({
    scope,
    streams: createSemaphore({ name: 'streams', ...sharesOf({ permits: STREAMS, queue: 50 }), timeout: 10_000 }),
    batches: createSemaphore({ name: 'stream_batches', permits: cores, queue: STREAMS, timeout: 60_000 }),
    slowest,
  })
  const sendList = createSendList({ scope, cache: createListCache(createVersions(system), version), costly, sendStream })
  const handles = { scope, sendList }

  const verifier = createVerifier({ system, cipher, clock })
  passwords(app, { ...handles, system, cipher, keys })
  const expiry = createExpiry(system, cipher, clock, passwordDays)
  signInRoutes(app, { ...handles, system, keys, verifier, expiry })
  const discovery = createDiscovery(outgoing)
  const samlKeys = createSamlKeys(system, cipher)
  const signOut = { system, cipher, outgoing, discovery, samlKeys, mail }
  consoleSessions(app, { ...handles, system, keys, verifier, expiry, mail, signOutElsewhere: signOutElsewhere(signOut) })
  const protocols = deps.protocols ?? {
    saml: createSaml({ keys: samlKeys, spend: (...used) => spend(system, ...used) }),
    ...openIdProtocols(outgoing, {}, discovery),
  }
  const sso = { ...handles, system, cipher, clock, mail, protocols }
  const readMetadata = settingsReader(outgoing, clock)
  identityProviders(app, { ...handles, making: { cipher, addresses: mail.addresses, readMetadata } })
  providerDomains(app, { ...handles, readTxt: deps.readTxt ?? readTxt })
  await ssoSignIn(app, { ...sso, keys, verifier })
  ssoTests(app, sso)
  await backchannelLogout(app, signOut)
  await samlLogout(app, signOut)
  twoStep(app, { ...handles, cipher, verifier })
  passkeys(app, { ...handles, system, keys, verifier, mail })
  logInAs(app, { ...handles, keys })
  passwordLinks(app, { ...handles, system, cipher })
  samlMetadata(app, { ...handles, system, mail, samlKeys })
  await linkPages(app, { system, cipher, mail })
  users(app, handles)
  lockdown(app, handles)
  emailChanges(app, { ...handles, cipher, verifier })
  members(app, { ...handles, cipher })
  usersByCursor(app, handles)
  preferences(app, handles)
  presets(app, handles)
  clients(app, handles)
  services(app, handles)
  availability(app, handles)
  features(app, handles)
  clientsByCursor(app, handles)
  clientExport(app, { ...handles, sendStream })
  clientDetails(app, handles)
  ownAccounts(app, handles)
  staffAccess(app, handles)
  clientLifecycle(app, { ...handles, cipher, verifier })
  // Each passes over all accounts of a reseller.
  const previews = createSemaphore({ name: 'previews', ...sharesOf({ permits: cores, queue: 50 }), timeout: 10_000 })
  changeSets(app, { scope, previews })
  tokens(app, handles)
  directories(app, { ...handles, mail })
  await scim(app, { ...handles, system, clock, base: mail.addresses.url })
  sessions(app, { ...handles, verifier })
  branding(app, { ...handles, cipher })
  await brandingUploads(app, handles)
  brandingImages(app, { system })
  hostBrand(app, { system, mail })
  testMail(app, { ...handles, cipher, mail })
  outbox(app, { ...handles, cipher, mail })
  search(app, { ...handles, costly })
  statistics(app, { ...handles, costly, mail })
  notifications(app, handles)
  resellers(app, { ...handles, cipher })
  securitySettings(app, handles)
  sellers(app, { ...handles, cipher })
  documentation(app, handles)
  activity(app, handles)
  activityByCursor(app, handles)
  timeline(app, handles)
  await cspReports(app)
  server(app, deps)
  app.get('/openapi.json', { config: forOperators, schema: { hide: true } }, async () => app.swagger())

  return app
}

/** Compiles on first use, so that the start does not wait for hundreds of validators and serializers. */
function atFirstUse<In, Out>(compile: () => (value: In) => Out): (value: In) => Out {
  let compiled: ((value: In) => Out) | undefined
  return (value) => {
    compiled ??= compile()
    return compiled(value)
  }
}
