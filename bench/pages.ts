/** How fast pages are answered: ours, the same bytes from a bare node:http server, and the page's SQL alone, round by round in turn. */
import { execFile, execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import autocannon, { type Result } from 'autocannon'
import { startChild } from './children.ts'
import { ask, CONNECTIONS, type Measure, median, type Row, type SignIns, type Stage } from './stage.ts'

/** One round of one contender; times in ms. */
interface Round {
  perSecond: number
  p50: number
  p99: number
}
type Contender = (seconds: number) => Promise<Round>

const WARM_UP = 1 // second

/**
 * `sql` is the page's main query with its parameters, all of them numbers. A contender that is not there on this machine is said to be skipped.
 */
export function pages(
  what: string,
  who: keyof SignIns,
  sql: (signIns: SignIns, own: SignIns['client']) => [text: string, ...parameters: number[]],
): Measure {
  return {
    name: what,
    async run(stage) {
      const own = stage.signIns[who]
      const path = what.replace('GET ', '')
      const headers = { authorization: `APIKey ${own.token}` }
      const [text, ...parameters] = sql(stage.signIns, own)
      const bytes = await bareServer(stage, path, headers)
      const contenders = new Map<string, Contender>([
        ['ours', (seconds) => cannon(stage.ours.url + path, headers, seconds)],
        ['bare node:http, the same bytes', (seconds) => cannon(bytes.url, headers, seconds)],
        ['its SQL alone, postgres.js', (seconds) => sqlLoop(stage, text, parameters, seconds)],
      ])
      if (hasPgbench) contenders.set('its SQL alone, pgbench', (seconds) => pgbench(stage, text, parameters, seconds))
      const { other } = stage
      if (other) contenders.set(other.name, (seconds) => cannon(other.url + path, headers, seconds))
      try {
        return table(what, await compete(contenders, stage))
      } finally {
        await bytes.child.stop()
      }
    },
  }
}

/** Every contender warmed up once, then all of them in turn, round after round: what else the machine does hits them alike. */
async function compete(contenders: Map<string, Contender>, { rounds, seconds }: Stage): Promise<Map<string, Round>> {
  const all = new Map<string, Round[]>([...contenders.keys()].map((name) => [name, []]))
  for (const run of contenders.values()) await run(WARM_UP)
  for (let round = 0; round < rounds; round++) for (const [name, run] of contenders) all.get(name)?.push(await run(seconds))
  const middle = (results: Round[], of: keyof Round) => median(results.map((one) => one[of]))
  return new Map(
    [...all].map(([name, results]) => [
      name,
      { perSecond: middle(results, 'perSecond'), p50: middle(results, 'p50'), p99: middle(results, 'p99') },
    ]),
  )
}

function table(what: string, results: Map<string, Round>): Row[] {
  const [[, ours], ...others] = [...results] as [[string, Round], ...[string, Round][]]
  const rows: Row[] = others.map(([against, { perSecond }]) => ({
    what,
    unit: 'requests/s',
    ours: ours.perSecond,
    ceiling: perSecond,
    against,
  }))
  if (!hasPgbench) rows.push({ what, unit: 'requests/s', ours: ours.perSecond, against: 'pgbench: not on PATH, skipped' })
  const [[against, bare] = ['', ours]] = others
  return [
    ...rows,
    { what, unit: 'p50 ms', ours: ours.p50, ceiling: bare.p50, against },
    { what, unit: 'p99 ms', ours: ours.p99, ceiling: bare.p99, against },
  ]
}

/** Our load generator is this process: the servers are others. autocannon's own histogram knows whole milliseconds only. */
async function cannon(url: string, headers: Record<string, string>, seconds: number): Promise<Round> {
  const times: number[] = []
  const began = performance.now()
  const result = await new Promise<Result>((resolve, reject) => {
    const run = autocannon({ url, headers, connections: CONNECTIONS, duration: seconds }, (error, done) =>
      error ? reject(error) : resolve(done),
    )
    run.on('response', (_client, _status, _bytes, time) => times.push(time))
  })
  const took = (performance.now() - began) / 1000
  const failed = result.errors + result.non2xx + result.timeouts
  if (failed > 0)
    throw new Error(
      `${url}: ${failed} of ${result.requests.total} requests failed, for example with ${Object.keys(result.statusCodeStats ?? {})}`,
    )
  return summary(times, took)
}

/** The same answer, header by header, from a server that does nothing else. */
async function bareServer({ ours, folder }: Stage, path: string, headers: Record<string, string>) {
  const answer = await ask(ours.url + path, headers)
  const { date, connection, 'keep-alive': _, ...given } = answer.headers
  const file = join(folder, 'answer')
  writeFileSync(file, await buffer(answer))
  const child = startChild(`${file}.log`, [join(import.meta.dirname, 'bare-server.ts'), file, JSON.stringify(given)])
  return { child, url: await child.said(/http:\S+/) }
}

async function sqlLoop({ login, folder }: Stage, text: string, parameters: number[], seconds: number): Promise<Round> {
  const task = { login, text, parameters, connections: CONNECTIONS, seconds }
  const child = startChild(join(folder, 'sql.log'), [join(import.meta.dirname, 'sql-loop.ts'), JSON.stringify(task)])
  const { times, took } = JSON.parse(await child.said(/\{.*\}/)) as { times: number[]; took: number }
  await child.stop()
  return summary(times, took)
}

const hasPgbench = (() => {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

async function pgbench({ login, folder }: Stage, text: string, parameters: number[], seconds: number): Promise<Round> {
  const script = join(folder, 'page.sql')
  writeFileSync(script, `${text.replace(/\$(\d)/g, (_, n) => String(parameters[n - 1]))};\n`)
  const log = join(folder, `pgbench-${performance.now()}`)
  await promisify(execFile)(
    'pgbench',
    [
      '-n',
      '-f',
      script,
      '-M',
      'prepared',
      '-c',
      String(CONNECTIONS),
      '-j',
      '2',
      '-T',
      String(seconds),
      '-l',
      '--log-prefix',
      log,
      login.database,
    ],
    { env: { ...process.env, PGHOST: login.host, PGPORT: String(login.port), PGUSER: login.user, PGPASSWORD: login.password } },
  )
  const lines = globSync(`${log}.*`).flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
  return summary(
    lines.map((line) => Number(line.split(' ')[2]) / 1000),
    seconds,
  )
}

function summary(times: number[], seconds: number): Round {
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99) }
}
