/** While a migration runs at startup, probes are answered: /healthz 200, /readyz 503 with what is done. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { openPool } from '../src/db/pool.ts'
import { reeve, spawnReeve } from './command.ts'
import { freePort, untilAnswering } from './demo-server.ts'
import { outsideDatabase } from './outside.ts'
import { until } from './until.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'reeve-starting-'))
const children = new Set<ReturnType<typeof spawnReeve>>()
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A version whose last migration takes as long as the test holds this lock. */
const LOCK = 771
const slow = join(folder, 'bin/reeve.mjs')
for (const part of ['src', 'bin', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'src/db/migrations/9000_slow.sql'), `-- expand: nothing, slowly\nSELECT pg_advisory_xact_lock(${LOCK});\n`)

for (const workers of ['1', '2'])
  test(`probes are answered during a slow migration, with REEVE_WORKERS=${workers}`, { timeout: 240_000 }, async () => {
    const port = await freePort()
    const settings = {
      DATABASE_URL: await outsideDatabase({ filled: true }),
      REEVE_SECRET: 'a secret for tests that is long enough',
      REEVE_DATA: join(folder, `data-${workers}`),
      REEVE_WORKERS: workers,
      REEVE_CONNECTIONS: '4',
      REEVE_LOG: 'info',
      PORT: String(port),
    }
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return {
        status: answer.status,
        code: answer.headers.get('x-error-code'),
        body: (await answer.json()) as Record<string, unknown> & { warnings?: string[] },
      }
    }
    const sql = openPool(settings.DATABASE_URL, { max: 1 })
    let child: ReturnType<typeof spawnReeve> | undefined
    let said: ReturnType<typeof untilAnswering> | undefined
    await sql.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(${LOCK})`
      child = spawnReeve(['serve'], settings, undefined, slow)
      children.add(child)
      said = untilAnswering(child)
      said.catch(() => {})
      const ready = await until('the migration has begun', async () => {
        const answer = await ask('/readyz').catch(() => undefined)
        return answer?.body.warnings?.[0]?.includes('9000_slow') && answer
      })
      assert.deepEqual(ready, {
        status: 503,
        code: 'not_ready',
        body: {
          database: true,
          migrated: false,
          keys: false,
          warnings: ['The server is starting. Migration 9000_slow.sql (1 of 1) begins.'],
        },
      })
      assert.deepEqual(await ask('/healthz?from=probe'), { status: 200, code: null, body: { status: 'ok' } })
      assert.deepEqual(await ask('/iam/clients'), {
        status: 503,
        code: 'not_ready',
        body: { message: 'The server is starting. Try again.' },
      })
      const second = await reeve(['serve'], settings)
      assert.equal(second.code, 1)
      assert.match(second.stderr, /^Port \d+ of 127\.0\.0\.1 is in use, perhaps by another Reeve/)
    })
    await sql.end()
    const log = (await said)?.() ?? ''
    assert.match(log, /Migration 9000_slow\.sql \(1 of 1\) begins.*\n(.*\n)*.*Migration 9000_slow\.sql took \d/)
    assert.equal((await ask('/readyz')).status, 200)
    assert.equal((await ask('/iam/clients')).status, 401)
    const ended = once(child as NonNullable<typeof child>, 'exit')
    child?.kill('SIGTERM')
    assert.equal((await ended)[0], 0)
  })
