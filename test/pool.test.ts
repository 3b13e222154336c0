/** Connections, transactions and their pipelines, on a database of its own. */
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { openPool, type PoolOptions } from '../src/db/pool.ts'
import { asCaller, shownCallers } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const { scope } = t.database
const pool = (options: Partial<PoolOptions> = {}) => {
  const sql = openPool(t.login, { max: 1, settings: { 'reeve.scope': 'system' }, ...options })
  after(() => sql.end({ timeout: 1 }))
  return sql
}
const sql = pool()
await sql`CREATE TABLE things (id int PRIMARY KEY, of int REFERENCES things DEFERRABLE INITIALLY DEFERRED, text text)`
const things = async () => (await sql<{ id: number }[]>`SELECT id FROM things ORDER BY id`).map(({ id }) => id)
const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))
after(() => assert.deepEqual(unhandled, []))

test('values go to PostgreSQL and back', async () => {
  const given = { text: 'Zoë \\ "\'', number: 2 ** 40, yes: true, at: new Date(1.7e12 + 1), bytes: Buffer.from([0, 255]), none: null }
  const { text, number, yes, at, bytes, none } = given
  const [row] =
    await sql`SELECT ${text} AS text, ${number}::bigint AS number, ${yes} AS yes, ${at} AS at, ${bytes} AS bytes, ${none}::int AS none`
  assert.deepEqual(row, given)
  const arrays = { ids: [1, 2 ** 40], names: ['a,b', '{"}', 'NULL', ''], times: [at], flags: [true, false] }
  const [all] = await sql`SELECT ${arrays.ids}::bigint[] AS ids, ${arrays.names}::text[] AS names, ${arrays.times}::timestamptz[] AS times,
    ${arrays.flags}::boolean[] AS flags`
  assert.deepEqual(all, arrays)
  const json = { a: [1, 'x', null], b: { c: 'Ü' } }
  assert.deepEqual((await sql`SELECT ${sql.json(json)} AS json`)[0], { json })
})

test('a type that the driver cannot know is refused, and not read as text', async () => {
  await assert.rejects(async () => void (await sql`SELECT ARRAY['CDN'::product]`), TypeError)
  assert.deepEqual((await sql`SELECT ARRAY['CDN'::product]::text[] AS products, 'CDN'::product AS product`)[0], {
    products: ['CDN'],
    product: 'CDN',
  })
})

test('rows as bytes are what PostgreSQL holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (texts) => {
      const whole = texts.map((text) => text.replaceAll('\0', '').toWellFormed())
      const rows = await sql`SELECT * FROM unnest(${whole}::text[])`.raw()
      assert.deepEqual(
        rows.map(([text]) => text?.toString()),
        whole,
      )
    }),
    { numRuns: 10 },
  )
})

test('an error undoes a transaction, whoever hears of it', async () => {
  const insert = (id: number) => sql.begin(async (db) => void (await db`INSERT INTO things (id) VALUES (${id})`))
  await insert(1)
  await assert.rejects(insert(1), { code: '23505', constraint_name: 'things_pkey' })
  const thrown = { what: 'is thrown' }
  const undone = sql.begin(async (db) => {
    await db`INSERT INTO things (id) VALUES (2)`
    throw thrown
  })
  await assert.rejects(undone, (error) => error === thrown)
  const caught = sql.begin(async (db) => {
    await db`INSERT INTO things (id) VALUES (2)`
    await db`INSERT INTO things (id) VALUES (1)`.catch(() => {})
    return 'all is well'
  })
  await assert.rejects(caught, { code: '23505' }, 'whoever swallows an error does not make it good')
  const unheard = sql.begin(async (db) => {
    await db`INSERT INTO things (id) VALUES (2)`
    db`INSERT INTO things (id) VALUES (1)`.execute()
    return 'all is well'
  })
  await assert.rejects(unheard, { code: '23505' }, 'nor whoever does not wait')
  const after = sql.begin(async (db) => {
    const first = db`INSERT INTO things (id) VALUES (1)`
    const second = db`INSERT INTO things (id) VALUES (3)`
    await Promise.allSettled([first, second])
    await second
  })
  await assert.rejects(after, { code: '23505' }, 'the first error is told, and not that others follow from it')
  const deferred = sql.begin(async (db) => void (await db`INSERT INTO things (id, of) VALUES (2, 99)`))
  await assert.rejects(deferred, { code: '23503' }, 'COMMIT fails')
  const undefinedValue = sql.begin(async (db) => {
    await db`INSERT INTO things (id) VALUES (2)`
    await db`SELECT ${undefined as never}`
  })
  await assert.rejects(undefinedValue, TypeError)
  assert.deepEqual(await things(), [1])
})

test('a handle is good for nothing after its transaction', async () => {
  const kept = await sql.begin(async (db) => {
    await db`SELECT 1`
    return () => db`INSERT INTO things (id) VALUES (5)`.execute()
  })
  await assert.rejects(kept(), /transaction of this handle has ended/)
  const [one] = shownCallers(t)
  assert.ok(one)
  const scoped = await scope.read(asCaller(one), async (db) => () => db`SELECT 1`.execute())
  await assert.rejects(scoped(), /has ended/)
})

test('where BEGIN fails nothing is written', async () => {
  let called = false
  await assert.rejects(
    sql.begin('NONSENSE', async () => {
      called = true
    }),
    { code: '42601' },
  )
  assert.equal(called, false, 'a pool that sees every tenant waits for BEGIN')
  const ahead = pool({ ahead: true, settings: {} })
  const [client] = await sql`SELECT * FROM clients LIMIT 1`
  for (const write of ['UPDATE clients SET name = name RETURNING id', 'DELETE FROM users RETURNING id']) {
    let rows: object[] = []
    const written = ahead.begin('NONSENSE', async (db) => {
      await db`SELECT set_config('reeve.scope', 'platform', true), set_config('reeve.reseller_id', ${String(client?.reseller_id)}, true)`
      rows = await db.unsafe(write)
    })
    await assert.rejects(written, { code: '42601' })
    assert.equal(rows.length, 0)
  }
})

test('statements of a transaction are sent without waiting for answers', async () => {
  const { port, bursts, close } = await slowNetwork()
  const far = openPool(inNetwork(port), { max: 1, ahead: true })
  try {
    await far`SELECT 1`
    const asked = async (run: () => Promise<unknown>) => {
      const before = bursts()
      await run()
      return bursts() - before
    }
    const four = (mode: string) => () =>
      far.begin(mode, async (db) => {
        db`SELECT set_config('reeve.scope', 'client', true)`.execute()
        await Promise.all([db`SELECT 1`, db`SELECT 2`, db`SELECT 3`])
      })
    assert.equal(await asked(four('READ WRITE')), 2, 'BEGIN and all statements at once, then COMMIT')
    assert.equal(await asked(four('READ WRITE')), 2)
    await asked(four('READ ONLY'))
    await delay(300)
    const began = performance.now()
    await four('READ ONLY')()
    assert.ok(performance.now() - began < 2 * LAG, 'nobody waits for the end of what was only read')
  } finally {
    await far.end({ timeout: 1 })
    close()
  }
})

test('whoever loses the connection is told so, and the next one has another', async () => {
  const other = pool()
  for (const ask of [
    () => other`SELECT pg_terminate_backend(pg_backend_pid())`,
    () => other.reserve(async (db) => void (await db`SELECT pg_terminate_backend(pg_backend_pid())`)),
    () =>
      other.begin(async (db) => {
        await db`INSERT INTO things (id) VALUES (6)`
        const dying = db`SELECT pg_terminate_backend(pg_backend_pid())`.execute()
        const behind = [db`SELECT 1`.execute(), db`SELECT 2`.execute()]
        const ends = await Promise.allSettled([dying, ...behind])
        for (const end of ends) assert.match(String(end.status === 'rejected' && end.reason.code), /^(57P01|08006|E[A-Z]+)$/)
        await assert.rejects(async () => void (await db`SELECT 3`), { code: '08006' })
        await dying
      }),
  ]) {
    await assert.rejects(ask(), (error: { code: string }) => /^(57P01|08006|E[A-Z]+)$/.test(error.code))
    assert.equal((await other`SELECT 1 AS one`)[0]?.one, 1)
  }
  const waiting = Promise.allSettled([other`SELECT pg_sleep(30)`, other`SELECT 1`])
  await delay(100)
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'`
  assert.deepEqual(
    (await waiting).map(({ status }) => status),
    ['rejected', 'fulfilled'],
    'who waited for a connection gets a new one',
  )
  assert.deepEqual(await things(), [1])
})

test('PostgreSQL keeps a limited number of prepared statements', async () => {
  const one = pool()
  for (let n = 0; n < 500; n++) await one`SELECT ${one.unsafe(`${n} AS n`)}`
  const [row] = await one`SELECT count(*) FROM pg_prepared_statements`
  assert.ok(row?.count > 1 && row?.count < 400, `${row?.count} statements`)
})

test('COPY takes rows, and its errors are told', async () => {
  const bulk = pool({ copies: true })
  await bulk.begin(async (db) => {
    await pipeline(['10\tten\n', '11\televen\n'], db.copy('COPY things (id, text) FROM STDIN'))
    const [both] = await Promise.all([db`SELECT text FROM things WHERE id >= 10 ORDER BY id`, db`SELECT 1`])
    assert.deepEqual(
      both.map(({ text }) => text),
      ['ten', 'eleven'],
    )
    await db`DELETE FROM things WHERE id >= 10`
  })
  for (const lines of [['1\tthere already\n'], ['x\n'], ['12\ttwelve\n', '13\n']])
    await assert.rejects(bulk.begin((db) => pipeline(lines, db.copy('COPY things (id, text) FROM STDIN'))))
  assert.deepEqual(await things(), [1])
})

test('a pool that is closed refuses, and waits for what is under way', async () => {
  const other = openPool(t.login, { max: 2 })
  const [slow, stuck] = [other`SELECT pg_sleep(0.3)`.execute(), other`SELECT pg_sleep(30)`.execute()]
  stuck.catch(() => {})
  await delay(50)
  await other.end({ timeout: 1 })
  await slow
  await assert.rejects(stuck, { code: '08006' })
  await assert.rejects(async () => void (await other`SELECT 1`), { code: '08001' })
})

/** Milliseconds that an answer takes through the network below. */
const LAG = 200

const inNetwork = (port: number) => {
  if (typeof t.login !== 'string') return { ...t.login, host: '127.0.0.1', port }
  const url = new URL(t.login)
  Object.assign(url, { hostname: '127.0.0.1', port: String(port) })
  return url.href
}

/** A proxy in which answers take their time, and which counts how often something is sent after an answer came. */
async function slowNetwork() {
  let bursts = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = typeof t.login === 'string' ? connect(Number(new URL(t.login).port), new URL(t.login).hostname) : connect(socketOf(t.login))
    let answered = true
    near.on('data', (chunk) => {
      if (answered) bursts++
      answered = false
      far.write(chunk)
    })
    far.on('data', async (chunk) => {
      await delay(LAG)
      answered = true
      near.write(chunk)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port, bursts: () => bursts, close }
}

const socketOf = ({ host, port }: { host: string; port: number }) =>
  host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
