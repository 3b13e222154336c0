/** Endpoints about the server itself: /healthz, /readyz, /metrics, the public keys. */
import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { Type } from 'typebox'
import type { DiskWatch } from '../db/disk.ts'
import { isMigrated, type Migration } from '../db/migrate.ts'
import type { SystemSql } from '../db/scope.ts'
import type { Standbys } from '../db/standbys.ts'
import { access } from '../http/access.ts'
import { ERROR_CODE, type ErrorCode } from '../http/error-codes.ts'
import type { Resource } from '../http/resource.ts'
import { errorResponses } from '../http/schema.ts'
import type { SigningKeys } from '../http/signing-keys.ts'
import { processMetrics, serverMetrics } from '../lib/metrics.ts'
import { measureRequests } from './http-metrics.ts'
import { metricsOfAll, reportMetrics } from './workers-metrics.ts'

const tags = ['Server']
const config = { access: access.public }
/** Monitoring is never rate limited. */
const watched = { ...config, unlimited: true as const }

/** Milliseconds that the database has to answer a readiness request. */
const ANSWER = 900

interface ServerDeps {
  system: SystemSql
  keys: SigningKeys
  migrations: readonly Migration[]
  warnings?: () => Promise<readonly string[]>
  disk?: Pick<DiskWatch, 'isFull'>
  standbys?: Pick<Standbys, 'warnings'> | undefined
  isDraining?: () => boolean
}

export const server: Resource<ServerDeps> = (
  app,
  { system, keys, migrations, warnings: more = async () => [], disk, standbys, isDraining = () => false },
) => {
  const metrics = new Registry()
  if (cluster.isWorker) reportMetrics([metrics, processMetrics])
  collectDefaultMetrics({ register: metrics })
  for (const sum of ['handles', 'requests', 'resources']) metrics.removeSingleMetric(`nodejs_active_${sum}_total`) // gauges that are named as counters
  measureRequests(app, metrics)

  // Clients that keep a connection open come back by another, which a load balancer opens elsewhere.
  app.addHook('onSend', async (_request, reply) => {
    if (isDraining()) reply.header('connection', 'close')
  })

  new Gauge({
    name: 'reeve_signing_keys',
    help: 'Keys of tokens that are in use: usable, and unusable where this server cannot decrypt them.',
    labelNames: ['state'],
    registers: [metrics],
    aggregator: 'max', // every process has the same keys
    async collect() {
      const { usable, unusable } = await keys.state()
      this.set({ state: 'usable' }, usable)
      this.set({ state: 'unusable' }, unusable.length)
    },
  })

  async function ask() {
    const migrated = await isMigrated(system, migrations)
    return { database: true, migrated, ...(await keys.state()) }
  }
  const away = { database: false, migrated: false, usable: 0, unusable: [] }
  let asked: Promise<Awaited<ReturnType<typeof ask>>> | undefined
  /** Shares one query among concurrent requests, so that a database that hangs is queried once. */
  function state() {
    asked ??= ask()
      .catch(() => away)
      .finally(() => {
        asked = undefined
      })
    const late = new AbortController()
    const hangs = delay(ANSWER, away, { signal: late.signal }).catch(() => away)
    return Promise.race([asked, hangs]).finally(() => late.abort())
  }

  async function readiness() {
    const { database, migrated, usable, unusable } = await state()
    const full = disk?.isFull() ?? false
    const isReady = database && migrated && usable > 0 && !full && !isDraining()
    return { database, migrated, usable, unusable, full, isReady }
  }

  new Gauge({
    name: 'reeve_ready',
    help: 'Whether /readyz answers 200.',
    registers: [metrics],
    aggregator: 'min',
    async collect() {
      this.set((await readiness()).isReady ? 1 : 0)
    },
  })

  const oursAlone = async () => (await Promise.all([metrics, processMetrics, serverMetrics].map((one) => one.metrics()))).join('\n')

  app.get(
    '/healthz',
    { config: watched, schema: { tags, operationId: 'health', summary: 'Check that the process responds' }, logLevel: 'warn' },
    async () => ({
      status: 'ok',
    }),
  )

  app.get(
    '/readyz',
    {
      config: watched,
      schema: { tags, operationId: 'readiness', summary: 'Check the database, its migrations and the signing keys' },
      logLevel: 'warn',
    },
    async (_request, reply) => {
      const { database, migrated, usable, unusable, full, isReady } = await readiness()
      const ofKeys = unusable.map((kid) => `Signing key ${kid} cannot be decrypted with this server's secret: see reeve keys.`)
      const ofDisk = full ? ['The database has run out of disk space.'] : []
      const ofDraining = isDraining() ? ['The server is about to stop.'] : []
      const warnings = [...(await more()), ...ofKeys, ...ofDisk, ...(standbys?.warnings() ?? []), ...ofDraining]
      if (!isReady) reply.code(503).header(ERROR_CODE, 'not_ready' satisfies ErrorCode)
      return reply.send({ database, migrated, keys: usable > 0, warnings })
    },
  )

  app.get(
    '/metrics',
    {
      config: { ...watched, operatorsOnly: true },
      schema: {
        tags,
        operationId: 'metrics',
        summary: 'Metrics for Prometheus',
        description: 'Available on the server itself, and elsewhere with `Authorization: Bearer` and REEVE_METRICS_TOKEN.',
        response: {
          200: { description: 'The metrics.', content: { 'text/plain': { schema: Type.String() } } },
          ...errorResponses(401, 403),
        },
      },
      logLevel: 'warn',
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await (cluster.isWorker ? metricsOfAll() : oursAlone())),
  )

  app.get(
    '/.well-known/jwks.json',
    { config, schema: { tags, operationId: 'keys', summary: 'Public keys of the tokens (RFC 7517)' } },
    async (_request, reply) => reply.header('cache-control', 'public, max-age=60').send(keys.jwks()),
  )
}
