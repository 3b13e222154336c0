/** What a person meets who starts the server where it cannot run: a sentence, and nothing made; and how it ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from '../src/db/open.ts'
import { reeve, spawnReeve } from './command.ts'
import { outsideDatabase } from './outside.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-start-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
const newFolder = () => join(folder, `data-${made++}`)

test('a busy port, an address of others and a port of root are refused before anything is made', { timeout: 60_000 }, async () => {
  const busy = createServer().listen(0, '127.0.0.1')
  await once(busy, 'listening')
  const port = String((busy.address() as AddressInfo).port)
  const wrong: [Record<string, string>, RegExp][] = [
    [{ PORT: port }, new RegExp(`^Port ${port} of 127.0.0.1 is in use, perhaps by another Reeve: set PORT to another one`)],
    [{ PORT: '0', HOST: '192.0.2.1' }, /^HOST is 192.0.2.1, which is no address of this machine: set it to/],
    [{ PORT: '0', HOST: 'no-such-host.invalid' }, /^HOST is no-such-host.invalid, a name that/],
  ]
  for (const [settings, words] of wrong)
    for (const command of ['serve', 'demo']) {
      const data = newFolder()
      const { code, stdout, stderr } = await reeve([command], { REEVE_DATA: data, REEVE_LOG: 'fatal', ...settings })
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, words)
      assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
      assert.ok(!existsSync(data), 'no cluster is made for a server that cannot listen')
    }
  busy.close()
})

test('migrations are named as they begin and end; what a torn dump left is refused in a sentence', { timeout: 120_000 }, async () => {
  const settings = { DATABASE_URL: await outsideDatabase(), REEVE_DATA: newFolder() }
  const { code, stdout } = await reeve(['migrate'], settings)
  assert.equal(code, 0)
  assert.match(stdout, /^Migration 0001_baseline\.sql \(1 of \d+\) begins\nMigration 0001_baseline\.sql took \d+\.\d s\n/)
  assert.equal((await reeve(['migrate'], settings)).stdout, 'The schema is up to date.\n')
  const database = await connect(settings.DATABASE_URL, 2, 'test', async () => {})
  await database.system`DROP TABLE migrations`
  await database.close()
  for (const args of [['migrate'], ['check'], ['serve']]) {
    const torn = await reeve(args, { ...settings, PORT: '0' })
    assert.equal(torn.code, 1)
    assert.match(torn.stderr, /^The database holds a part of a Reeve, .*Restore the whole dump into an empty database/m)
    assert.doesNotMatch(torn.stderr, /\n {4}at /, 'no stack')
  }
})

const running = new Set<ReturnType<typeof spawnReeve>>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

test('the demo runs on an outside database without a data folder, keeps demo.json to itself, and says that it stops', {
  timeout: 120_000,
}, async () => {
  const data = newFolder()
  const settings = {
    DATABASE_URL: await outsideDatabase(),
    REEVE_SECRET: 'a secret of this test that is long enough',
    REEVE_DATA: data,
    REEVE_DEMO_CLIENTS: '30',
    PORT: '0',
  }
  const child = spawnReeve(['demo'], settings)
  running.add(child)
  let said = ''
  const ended = once(child, 'close')
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  await until('the demo answers', () => {
    assert.equal(child.exitCode, null, said)
    return said.includes('/reeve/outbox/ID')
  })
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
  if (process.platform !== 'win32') assert.deepEqual([modeOf(data), modeOf(join(data, 'demo.json'))], ['700', '600'])
  child.kill('SIGINT')
  assert.equal((await ended)[0], 0)
  assert.match(said, /Stopping: .*Ctrl-C again[\s\S]*Stopped\.\n$/)

  const again = (more: Record<string, string>) => reeve(['demo'], { ...settings, ...more })
  const other = await again({ REEVE_DEMO_SEED: '7' })
  assert.deepEqual([other.code, other.stdout], [1, ''])
  assert.match(other.stderr, /REEVE_DEMO_SEED asks for seed 7, not 1\. .*DATABASE_URL/)
  assert.doesNotMatch(other.stderr, /REEVE_DEMO_CLIENTS|REEVE_DATA/)
  const larger = await reeve(['seed', '--clients', '40'], settings)
  assert.match(larger.stderr, /--clients asks for 40 clients, not 30\./)
  assert.equal(larger.code, 1)
})
