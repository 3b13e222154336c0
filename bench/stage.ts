/** Where a benchmark plays: worlds, each a server of ours with its database, made or found, and all stopped at the end. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openPool, type Sql } from '../src/db/pool.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import { type Child, startChild, stopChildren } from './children.ts'
import type { Row } from './table.ts'

/** One kind of work. What it does with the world is repeated for the other commit of --compare. */
export interface Measure {
  name: string
  run(world: World, stage: Stage): Promise<Row[]>
}

export interface Server {
  url: string
  child: Child
}

export interface World extends Server {
  /** Another process in the place of the server, on the same data: one that has cached nothing and has taken no memory yet. */
  restart(): Promise<void>
  /** Folder of the program that serves it. */
  program: string
  clients: number
  shown: Showcase
  /** The reseller that has nine clients in ten, how many those are, and the header of its token. */
  reseller: number
  size: number
  headers: { authorization: string }
  /** How to connect, and a connection that sees every tenant. */
  login: { host: string; port: number; user: string; password: string; database: string }
  sql: Sql
  /** From the command to the first 200 of /readyz, in ms, on the folder as it was. */
  started: number
}

export interface Stage {
  rounds: number
  /** Length of one round. */
  seconds: number
  full: boolean
  /** Folder for anything; removed at the end. */
  folder: string
  ours: World
  /** The other commit of --compare. */
  other: (World & { name: string }) | undefined
  /** The smaller world, run by the same program; in an outside database, if one is given. */
  beside(world: World, outside?: Outside): Promise<World>
  close(): Promise<void>
}

export interface Outside {
  login: World['login']
  /** DATABASE_URL, and what else the server is told. */
  settings: Record<string, string>
  /** Folder of its key. */
  data: string
}

export interface StageOptions {
  clients: number
  rounds: number
  seconds: number
  full: boolean
  /** Folder of a world that stays; else one is made and removed. */
  data: string | undefined
  /** Another checkout, or a commit. */
  compare: string | undefined
  /** As `data`, for the other. */
  compareData: string | undefined
  /** Clients of the smaller world, and the folder of one that stays. */
  beside: number
  besideData: string | undefined
}

/** Connections of those who ask for pages. */
export const CONNECTIONS = 16
/** What the server logs: `info` as by default unless REEVE_LOG says else. */
const level = process.env.REEVE_LOG || 'info'
export const root = resolve(import.meta.dirname, '..')

export async function openStage(options: StageOptions): Promise<Stage> {
  const { clients, rounds, seconds, full, data, compare, compareData, besideData } = options
  const folder = mkdtempSync(join(tmpdir(), 'reeve-bench-'))
  const close = async () => {
    await stopChildren()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const ours = await openWorld(root, data ? resolve(data) : join(folder, 'data'), clients, folder)
    const openOther = async (name: string) => {
      const there = compareData ? resolve(compareData) : join(folder, 'other-data')
      return Object.assign(await openWorld(otherProgram(name, folder), there, clients, folder), { name })
    }
    const other = compare === undefined ? undefined : await openOther(compare)
    const beside = (world: World, outside?: Outside) => {
      if (outside) return openWorld(world.program, outside.data, options.beside, folder, outside)
      const there = world === other || !besideData ? join(folder, `${world === other ? 'other' : 'ours'}-beside`) : resolve(besideData)
      return openWorld(world.program, there, options.beside, folder)
    }
    return { rounds, seconds, full, folder, ours, other, beside, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The world of so many clients in `data`, made by another process where it is not there: the server's memory shall not show it. */
async function openWorld(program: string, data: string, clients: number, scratch: string, outside?: Outside): Promise<World> {
  mkdirSync(data, { recursive: true })
  const name = `${clients}-${program === root ? 'ours' : 'other'}`
  const log = join(scratch, `seed-${name}.log`)
  const settings = { REEVE_DATA: data, ...outside?.settings }
  const seed = startChild(log, [join(program, 'bin/reeve.mjs'), 'seed', '--clients', String(clients)], settings, program)
  await seed.ended
  const shown = worldIn(data, readFileSync(log, 'utf8'))
  const [first] = shown.resellers
  if (!first) throw new Error('demo.json names no reseller.')
  const began = performance.now()
  const start = () => startServer(program, data, join(scratch, `server-${name}.log`), outside?.settings)
  const server = await start()
  const started = performance.now() - began
  const login = outside?.login ?? embeddedLogin(data)
  const sql = openPool(login, { max: 2, name: 'reeve bench', settings: { 'reeve.scope': 'system' } })
  const world: World = {
    ...server,
    async restart() {
      await world.child.stop()
      Object.assign(world, await start())
    },
    program,
    clients,
    shown,
    reseller: first.id,
    size: first.clients,
    headers: { authorization: `APIKey ${first.token}` },
    login,
    sql,
    started,
  }
  return world
}

function embeddedLogin(data: string): World['login'] {
  const password = readFileSync(join(data, 'reeve.password'), 'utf8').trim()
  return { host: join(data, 'postgres'), port: 5432, user: 'reeve', password, database: 'reeve' }
}

function worldIn(data: string, said: string): Showcase {
  try {
    return JSON.parse(readFileSync(join(data, 'demo.json'), 'utf8'))
  } catch {
    throw new Error(`No world in ${data}:\n${said}`)
  }
}

/** Starts the server of `program` on `data`, request log and all as an operator has it, and resolves when it is ready. */
export async function startServer(
  program: string,
  data: string,
  log = `${data}.log`,
  settings: Record<string, string> = {},
): Promise<Server> {
  const environment = { PORT: '0', REEVE_DATA: data, REEVE_LOG: level, ...settings }
  const child = startChild(log, [join(program, 'bin/reeve.mjs'), 'serve'], environment, program)
  const url = await child.said(/Reeve answers at (http:\/\/[\w.:[\]]+\d)/)
  while ((await fetch(`${url}/readyz`)).status !== 200) await delay(2)
  return { url, child }
}

/** The folder of a checkout; of a commit its files, with the packages installed here. */
function otherProgram(name: string, folder: string): string {
  if (existsSync(join(name, 'bin/reeve.mjs'))) return resolve(name)
  const program = join(folder, 'other')
  mkdirSync(program)
  const archive = execFileSync('git', ['archive', name], { cwd: root, maxBuffer: 2 ** 30 })
  execFileSync('tar', ['-x', '-C', program], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'))
  return program
}

export async function closeWorld(world: World): Promise<void> {
  await world.sql.end({ timeout: 1 })
  await world.child.stop()
}

/** What was measured, with what and beside what. */
export function description({ rounds, seconds, ours }: Stage, loads: number[]): string[] {
  const changed = git('status', '--porcelain') ? ' with changes' : ''
  const program = git('rev-parse', '--short', 'HEAD')
  return [
    `${new Date().toISOString().slice(0, 16)}Z, commit ${program || 'unknown'}${changed}, Node ${process.versions.node}`,
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores; load average before ${loads.map((one) => one.toFixed(1)).join(' ')}, ` +
      `now ${loadavg()
        .map((one) => one.toFixed(1))
        .join(' ')} (1, 5, 15 minutes; the load generator and PostgreSQL are in it)`,
    `${ours.clients.toLocaleString('en')} clients, the reseller that asks has ${ours.size.toLocaleString('en')}; ` +
      `medians of ${rounds} rounds of ${seconds} s, log level ${level}`,
  ]
}

function git(...args: string[]) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
