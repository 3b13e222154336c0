/** Everything on the loopback: etcd ×3, PostgreSQL under Patroni ×3, Reeve ×2, and HAProxy before it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Showcase } from '../../src/demo/showcase.ts'
import { freePort } from '../demo-server.ts'
import { until } from '../until.ts'
import { authorization, createMachine, type Machine, membersOf, PASSWORD } from './machine.ts'
import { root, type Stage } from './stage.ts'

export interface Server {
  url: string
  child: ChildProcess
  start(): void
}

export interface Stack {
  stage: Stage
  machines: Machine[]
  etcd: Server[]
  servers: Server[]
  /** HAProxy's address. */
  url: string
  /** The credential of a reseller's Administrator. */
  token: string
  databaseUrl: string
  reeveSettings: Record<string, string>
  leader(): Promise<Machine>
  /** One that has all that was acknowledged. */
  synchronous(): Promise<Machine>
  /** Resolves once a leader, a synchronous standby and another one stream. */
  whole(): Promise<void>
  switchover(from: Machine, to: Machine): Promise<void>
}

const local = async () => `127.0.0.1:${await freePort()}`

export async function openStack(stage: Stage): Promise<Stack> {
  const etcd = await startEtcd(stage)
  const endpoints = etcd.map(({ url }) => url.replace('http://', '')).join(',')
  const machines = await Promise.all(['one', 'two', 'three'].map((name) => createMachine(stage, name, endpoints)))
  for (const machine of machines) machine.start()

  const named = async (...roles: string[]) => {
    const member = (await membersOf(machines)).find(({ role }) => roles.includes(role))
    return machines.find(({ name }) => name === member?.name)
  }
  const leader = () => until('there is a leader', async () => (await named('leader')) ?? false)
  async function isWhole() {
    const primary = await named('leader')
    if (!primary) return false
    const members = await membersOf([primary])
    if (members.length !== 3 || members.some(({ state }) => state !== 'running' && state !== 'streaming')) return false
    const rows = await primary
      .ask(`SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming' AND usename = 'replicator'`, 'postgres')
      .catch(() => [])
    return rows.length === 2 && rows.some(({ sync_state }) => sync_state === 'sync')
  }
  const whole = () => until('a leader and two standbys stream', isWhole, 100).then(() => {})

  await whole()
  const first = await leader()
  await first.ask(`CREATE ROLE reeve LOGIN PASSWORD '${PASSWORD}' NOSUPERUSER NOBYPASSRLS`, 'postgres')
  await first.ask(`CREATE DATABASE reeve OWNER reeve ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0`, 'postgres')

  const databaseUrl = `postgres://reeve:${PASSWORD}@${machines.map(({ port }) => `127.0.0.1:${port}`).join(',')}/reeve`
  const reeveSettings = {
    DATABASE_URL: databaseUrl,
    REEVE_DATA: join(stage.base, 'reeve'),
    REEVE_SECRET: PASSWORD.repeat(2),
    REEVE_TRUST_PROXY: '127.0.0.1',
    REEVE_RATE_TOKEN: '0',
    REEVE_RATE_ADDRESS: '0',
    REEVE_LOG: 'warn',
  }
  const reeve = [join(root, 'bin/reeve.mjs')]
  const seed = stage.spawn('seed', process.execPath, [...reeve, 'seed', '--clients', '30'], reeveSettings)
  await until('the demo world is made', () => seed.exitCode !== null)
  assert.equal(seed.exitCode, 0, readFileSync(join(stage.base, 'seed.log'), 'utf8'))
  const shown: Showcase = JSON.parse(readFileSync(join(stage.base, 'reeve/demo.json'), 'utf8'))

  const servers = await Promise.all(
    ['reeve1', 'reeve2'].map(async (name) => {
      const address = await local()
      const environment = { ...reeveSettings, HOST: '127.0.0.1', PORT: address.split(':')[1] as string }
      return server(`http://${address}`, () => stage.spawn(name, process.execPath, [...reeve, 'serve'], environment))
    }),
  )
  const listen = await local()
  const [one, two] = servers.map(({ url }) => url.replace('http://', '')) as [string, string]
  stage.spawn('haproxy', '/usr/sbin/haproxy', ['-db', '-f', join(root, 'deploy/ha/haproxy.cfg')], {
    LISTEN: listen,
    REEVE_1: one,
    REEVE_2: two,
  })
  for (const { url } of [...servers, { url: `http://${listen}` }]) await until(`${url} is ready`, () => isReady(url))
  const token = shown.resellers[0]?.token ?? ''
  return {
    stage,
    machines,
    etcd,
    servers,
    url: `http://${listen}`,
    token,
    databaseUrl,
    reeveSettings,
    leader,
    whole,
    synchronous: () => until('there is a synchronous standby', async () => (await named('sync_standby')) ?? false),
    async switchover(from, to) {
      const body = JSON.stringify({ leader: from.name, candidate: to.name })
      const headers = { authorization, 'content-type': 'application/json' }
      const answer = await fetch(`${from.api}/switchover`, { method: 'POST', headers, body })
      assert.equal(answer.status, 200, await answer.text())
    },
  }
}

export const isReady = (url: string) =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    ({ ok }) => ok,
    () => false,
  )

function server(url: string, spawn: () => ChildProcess): Server {
  const one = {
    url,
    child: spawn(),
    start() {
      one.child = spawn()
    },
  }
  return one
}

async function startEtcd(stage: Stage): Promise<Server[]> {
  const members: [name: string, peer: string, client: string][] = []
  for (const name of ['etcd1', 'etcd2', 'etcd3']) members.push([name, `http://${await local()}`, `http://${await local()}`])
  const cluster = members.map(([name, peer]) => `${name}=${peer}`).join(',')
  const started = members.map(([name, peer, client]) => {
    const addresses = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--listen-client-urls', client]
    const timing = ['--heartbeat-interval', '250', '--election-timeout', '2500']
    const args = [
      '--name',
      name,
      '--data-dir',
      join(stage.base, `${name}.data`),
      ...addresses,
      '--advertise-client-urls',
      client,
      ...timing,
    ]
    return server(client, () => stage.spawn(name, 'etcd', [...args, '--initial-cluster', cluster, '--log-level', 'warn']))
  })
  for (const { url } of started)
    await until('etcd is healthy', () =>
      fetch(`${url}/health`).then(
        async (answer) => ((await answer.json()) as { health: string }).health === 'true',
        () => false,
      ),
    )
  return started
}
