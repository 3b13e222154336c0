/** What it costs to know who asks, and how soon a change of that is heeded. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { asker } from '../asking.ts'
import { median, quantile } from '../samples.ts'
import { CONNECTIONS, type Measure, type World } from '../stage.ts'
import { atMost, type Row } from '../table.ts'

const TICK = 10 // ms: the unit of CPU time in /proc

/**
 * The same request with and without a credential: HEAD of a list, which reads nothing, against HEAD /healthz. In CPU time of the server, for
 * a machine that others use tells nothing in microseconds.
 */
export const tokenCheck: Measure = {
  name: 'token check',
  async run(world, { rounds, seconds }) {
    const costs: Record<'with' | 'without', number[]> = { with: [], without: [] }
    for (let round = 0; round < rounds; round++) {
      costs.with.push(await cost(world, '/iam/users', seconds))
      costs.without.push(await cost(world, '/healthz', seconds))
    }
    const [checked, open] = [median(costs.with), median(costs.without)]
    return [
      {
        work: 'token check: HEAD /iam/users over HEAD /healthz',
        goal: atMost(30),
        figure: checked - open,
        unit: 'µs of CPU a request',
        remark: `${checked.toFixed(0)} against ${open.toFixed(0)}; the request's line in the log, its limits and reading its query are in it`,
      },
    ]
  },
}

async function cost(world: World, path: string, seconds: number): Promise<number> {
  const asks = Array.from({ length: CONNECTIONS }, () => asker(world))
  for (const ask of asks) await ask(path, { method: 'HEAD' })
  const before = cpu(world.child.pid)
  const until = performance.now() + seconds * 1000
  let count = 0
  await Promise.all(
    asks.map(async (ask) => {
      for (; performance.now() < until; count++) await ask(path, { method: 'HEAD' })
    }),
  )
  for (const ask of asks) ask.close()
  return ((cpu(world.child.pid) - before) * 1000) / count
}

/** CPU time of a process in ms; NaN where the system has no /proc. */
function cpu(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * TICK
  } catch {
    return Number.NaN
  }
}

/** A token in use whose right ends by another server's doing, which to this one is a change of the database. */
export const revocation: Measure = {
  name: 'revocation',
  async run(world, { rounds }) {
    const rows: Row[] = []
    const ways: [string, string, string][] = [
      ['a token revoked', 'UPDATE api_tokens SET deleted_at = now() WHERE id = $1', ''],
      ['its user blocked', 'UPDATE users SET is_active = false WHERE id = $1', 'UPDATE users SET is_active = true WHERE id = $1'],
    ]
    for (const [what, statement, back] of ways) {
      const taken: number[] = []
      for (let round = 0; round < rounds; round++) taken.push(await untilRefused(world, statement, back))
      rows.push({
        work: `${what} by another server: refused after`,
        goal: atMost(1000),
        figure: Math.max(...taken),
        unit: 'ms',
        remark: `the longest of ${rounds}`,
      })
    }
    return rows
  },
}

async function untilRefused(world: World, statement: string, back: string): Promise<number> {
  const { sql, shown } = world
  const [client] = shown.clients
  const [own] = await sql<
    { token: number; user: number }[]
  >`SELECT id AS token, user_id AS "user" FROM api_tokens WHERE id = ${Number(client?.token.split('_')[0])}`
  const secret = randomBytes(32).toString('base64url')
  const [made] = await sql<{ id: number }[]>`
    INSERT INTO api_tokens (client_id, reseller_id, user_id, role_id, name, secret_hash)
    SELECT client_id, reseller_id, user_id, role_id, 'bench', ${createHash('sha256').update(secret).digest()}
    FROM api_tokens WHERE id = ${own?.token ?? 0} RETURNING id`
  const ask = asker({ url: world.url, headers: { authorization: `APIKey ${made?.id}_${secret}` } })
  const about = statement.includes('api_tokens') ? made?.id : own?.user
  try {
    const began = performance.now()
    while (performance.now() - began < 100) await ask('/iam/users/me') // it is in use
    await sql.unsafe(statement, [about ?? 0])
    const changed = performance.now()
    while ((await ask('/iam/users/me')).status === 200) await delay(1)
    return performance.now() - changed
  } finally {
    ask.close()
    if (back) await sql.unsafe(back, [about ?? 0])
    await sql`DELETE FROM api_tokens WHERE id = ${made?.id ?? 0}`
  }
}

const LEAST = 10 // sign-ins, whatever they take

/** The time of a sign-in is that of checking its password, on purpose; what matters is what others can add to it. */
export const untilSignedIn = async (world: World, seconds: number) => {
  const ask = asker(world)
  const taken: number[] = []
  const until = performance.now() + seconds * 1000
  for (let n = 0; n < LEAST || performance.now() < until; n++) {
    const { email, password } = world.shown.clients[n % world.shown.clients.length] as World['shown']['clients'][number]
    const { status, ms, body } = await ask('/iam/auth/jwt/login', {
      method: 'POST',
      headers: { authorization: '' },
      body: { username: email, password },
    })
    if (status !== 200) throw new Error(`Signing in answered ${status}: ${body.toString().slice(0, 200)}`)
    taken.push(ms)
    await delay(20)
  }
  ask.close()
  return { p50: median(taken), p99: quantile(taken, 0.99), count: taken.length }
}
