/** Many requests or queries at once, counted: contenders run in turn, round by round, so that what else the machine does hits all alike. */
import { execFile, execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import autocannon, { type Result } from 'autocannon'
import { startChild } from './children.ts'
import { median, quantile } from './samples.ts'
import { CONNECTIONS, type Stage, type World } from './stage.ts'

/** One round of one contender; times in ms. */
export interface Round {
  perSecond: number
  p50: number
  p99: number
}
export type Contender = (seconds: number) => Promise<Round>

/** A page's SQL: `$n` are the parameters, all of them numbers or, as text, how pgbench draws one, such as `random(0, 5000)`. */
export interface PageSql {
  text: string
  parameters: (number | string)[]
}

const WARM_UP = 1 // second

/** Every contender warmed up once, then all of them in turn; of each the middle of its rounds. */
export async function compete<K extends string>(
  contenders: Record<K, Contender>,
  { rounds, seconds }: Pick<Stage, 'rounds' | 'seconds'>,
): Promise<Record<K, Round>> {
  const names = Object.keys(contenders) as K[]
  const all = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Round[]>
  for (const name of names) await contenders[name](WARM_UP)
  for (let round = 0; round < rounds; round++) for (const name of names) all[name].push(await contenders[name](seconds))
  const middle = (results: Round[], of: keyof Round) => median(results.map((one) => one[of]))
  const summed = names.map((name) => {
    const results = all[name]
    return [name, { perSecond: middle(results, 'perSecond'), p50: middle(results, 'p50'), p99: middle(results, 'p99') }]
  })
  return Object.fromEntries(summed) as Record<K, Round>
}

export interface Asked {
  url: string
  headers: Record<string, string>
  connections?: number
  /** Makes the path and query of every request; else all ask for `url`. */
  path?: () => string
  /** The status that is expected. */
  status?: number
}

/** Our load generator is this process: the servers are others. autocannon's own histogram knows whole milliseconds only. */
export async function cannon({ url, headers, connections = CONNECTIONS, path, status = 200 }: Asked, seconds: number) {
  const taken: number[] = []
  let others = 0
  const began = performance.now()
  const result = await new Promise<Result>((resolve, reject) => {
    const requests = path && { requests: [{ setupRequest: (request: object) => ({ ...request, path: path() }) }] }
    const run = autocannon({ url, headers, connections, duration: seconds, ...requests }, (error, done) =>
      error ? reject(error) : resolve(done),
    )
    run.on('response', (_client, answered, _bytes, time) => {
      if (answered === status) taken.push(time)
      else others++
    })
  })
  const took = (performance.now() - began) / 1000
  if (result.errors + result.timeouts + others > 0)
    throw new Error(`${url}: ${result.errors} errors and ${others} other answers (${Object.keys(result.statusCodeStats ?? {})})`)
  return summary(taken, took)
}

/** The same answer, header by header, from a server that does nothing else. */
export async function bareServer({ folder }: Stage, answer: { status: number; headers: object; body: Buffer }) {
  const { date: _, connection: __, 'keep-alive': ___, ...headers } = answer.headers as Record<string, string>
  const file = join(folder, 'answer')
  writeFileSync(file, answer.body)
  const given = JSON.stringify(headers)
  const child = startChild(`${file}.log`, [join(import.meta.dirname, 'bare-server.ts'), file, given, String(answer.status)])
  return { child, url: await child.said(/http:\S+/) }
}

export const hasPgbench = (() => {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** The ceiling of SQL: pgbench, or where it is missing the same loop in a process of ours. */
export const sqlCeiling = hasPgbench ? 'pgbench' : 'a loop of the driver'

export function sqlContender(world: World, stage: Stage, { text, parameters }: PageSql): Contender {
  if (!hasPgbench) return (seconds) => sqlLoop(world, stage, { text, parameters }, seconds)
  const drawn = parameters.map((value, n) => `\\set p${n + 1} ${value}\n`).join('')
  const script = `${drawn}${text.replace(/\$(\d)/g, ':p$1')};\n`
  return (seconds) => pgbench(world, stage, script, { connections: CONNECTIONS, seconds })
}

async function sqlLoop({ login }: World, { folder }: Stage, { text, parameters }: PageSql, seconds: number): Promise<Round> {
  const task = { login, text, parameters, connections: CONNECTIONS, seconds }
  const child = startChild(join(folder, 'sql.log'), [join(import.meta.dirname, 'sql-loop.ts'), JSON.stringify(task)])
  const { times, took } = JSON.parse(await child.said(/\{.*\}/)) as { times: number[]; took: number }
  await child.stop()
  return summary(times, took)
}

/** Runs a script over and over in the name of the system. */
export async function pgbench(
  { login }: World,
  { folder }: Stage,
  script: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Round> {
  const file = join(folder, 'script.sql')
  writeFileSync(file, script)
  const log = join(folder, `pgbench-${performance.now()}`)
  const rate = ['-M', 'prepared', '-c', String(connections), '-j', '2', '-T', String(seconds)]
  await promisify(execFile)('pgbench', ['-n', '-f', file, ...rate, '-l', '--log-prefix', log, login.database], {
    env: {
      ...process.env,
      PGHOST: login.host,
      PGPORT: String(login.port),
      PGUSER: login.user,
      PGPASSWORD: login.password,
      PGOPTIONS: '-c reeve.scope=system',
    },
  })
  const files = globSync(`${log}.*`)
  const lines = files.flatMap((one) => readFileSync(one, 'utf8').trim().split('\n'))
  for (const one of files) rmSync(one)
  return summary(
    lines.map((line) => Number(line.split(' ')[2]) / 1000),
    seconds,
  )
}

export const summary = (taken: number[], seconds: number): Round => ({
  perSecond: taken.length / seconds,
  p50: median(taken),
  p99: quantile(taken, 0.99),
})
