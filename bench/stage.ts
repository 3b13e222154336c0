/** Where a benchmark plays: a server of ours with a demo world, its database's address, and children that are all stopped at the end. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Showcase } from '../src/demo/showcase.ts'
import { type Child, startChild, stopChildren } from './children.ts'

export interface Measure {
  name: string
  run(stage: Stage): Promise<Row[]>
}

/** One line of the table; without `ceiling` there is nothing to compare with. */
export interface Row {
  what: string
  unit: string
  ours: number
  ceiling?: number
  /** What the ceiling is. */
  against?: string
}

export interface SignIn {
  id: number
  token: string
  reseller: number
}

export interface SignIns {
  /** The reseller that has nine clients in ten; `id` is the reseller's. */
  reseller: SignIn
  /** An Administrator of a client; `id` is the user's. */
  client: SignIn
}

export interface Stage {
  description: string
  rounds: number
  seconds: number
  clients: number
  /** Folder for anything; removed at the end. */
  folder: string
  ours: Server
  /** The other commit of --compare. */
  other: (Server & { name: string }) | undefined
  signIns: SignIns
  /** Options for postgres.js. */
  login: { host: string; port: number; user: string; password: string; database: string }
  close(): Promise<void>
}

export interface Server {
  url: string
  child: Child
}

export interface StageOptions {
  clients: number
  rounds: number
  seconds: number
  compare: string | undefined
}

/** Connections of every contender. */
export const CONNECTIONS = 16
/** What the server logs: `info` as by default unless REEVE_LOG says else. */
const level = process.env.REEVE_LOG || 'info'
export const root = resolve(import.meta.dirname, '..')

export async function openStage({ clients, rounds, seconds, compare }: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-bench-'))
  const close = async () => {
    await stopChildren()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const data = join(folder, 'data')
    const ours = await startFilled(root, data, clients)
    const other = compare === undefined ? undefined : await startOther(compare, folder, clients)
    const password = readFileSync(join(data, 'postgres.password'), 'utf8').trim()
    const shown: Showcase = JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
    return {
      description: [
        `${new Date().toISOString().slice(0, 16)}Z, commit ${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') ? ' with changes' : ''}`,
        `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`,
        `${clients} clients, ${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s, log level ${level}`,
      ].join('\n'),
      rounds,
      seconds,
      clients,
      folder,
      ours,
      other,
      signIns: await signInsOf(ours.url, shown),
      login: { host: join(data, 'postgres'), port: 5432, user: 'reeve', password, database: 'reeve' },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Starts the server of `program` on `data`, request log and all as an operator has it, and resolves when it is ready. */
export async function startServer(program: string, data: string): Promise<Server> {
  const child = startChild(
    `${data}.log`,
    [join(program, 'bin/reeve.mjs'), 'serve'],
    { PORT: '0', REEVE_DATA: data, REEVE_LOG: level },
    program,
  )
  const url = await child.said(/Reeve answers at (http:\/\/[\w.:[\]]+\d)/)
  while ((await fetch(`${url}/readyz`)).status !== 200) await delay(2)
  return { url, child }
}

/** The same on a new demo world, made by another process: the server's memory shall not show it. */
async function startFilled(program: string, data: string, clients: number): Promise<Server> {
  const seed = startChild(
    `${data}.log`,
    [join(program, 'bin/reeve.mjs'), 'seed', '--clients', String(clients)],
    { REEVE_DATA: data },
    program,
  )
  await seed.said(/Made \d+ clients/)
  await seed.ended
  return startServer(program, data)
}

/** The commit as files of its own, with the packages installed here. */
async function startOther(name: string, folder: string, clients: number) {
  const program = join(folder, 'other')
  mkdirSync(program)
  const archive = execFileSync('git', ['archive', name], { cwd: root, maxBuffer: 2 ** 30 })
  execFileSync('tar', ['-x', '-C', program], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'))
  return { name, ...(await startFilled(program, join(folder, 'other-data'), clients)) }
}

async function signInsOf(url: string, { resellers, clients }: Showcase): Promise<SignIns> {
  const [reseller] = resellers
  const [client] = clients
  if (!reseller || !client) throw new Error('demo.json names no reseller or no client.')
  const me = await fetch(`${url}/iam/users/me`, { headers: { authorization: `APIKey ${client.token}` } })
  const user = (await me.json()) as { id: number }
  return { reseller: { ...reseller, reseller: reseller.id }, client: { ...client, id: user.id } }
}

function git(...args: string[]) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The answer as it comes, to be read to its end; rejects where it is not a 200. */
export function ask(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      if (answer.statusCode === 200) resolve(answer)
      else reject(new Error(`${url} answered ${answer.statusCode}`))
    }).once('error', reject)
  })
}
