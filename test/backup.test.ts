/**
 * `REEVE_BACKUP`, `reeve backup` and `reeve restore`: the data folder is lost at any moment, and the backup folder brings back whatever was
 * acknowledged and archived, to any second. REEVE_CRASHES losses (2); REEVE_CRASHES=20 npm test -- test/backup.test.ts is the long run.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { listBases } from '../src/db/backup/folder.ts'
import { segmentName } from '../src/db/backup/wal.ts'
import type { Showcase } from '../src/demo/showcase.ts'
import { reeve, spawnReeve } from './command.ts'
import { assertWhole, lastArchived, openPlace, type Place, tokensIn, untilSafe } from './killable.ts'
import { until } from './until.ts'

const losses = Number(process.env.REEVE_CRASHES ?? 2)
const skip = process.env.DATABASE_URL ? 'DATABASE_URL is set, and the backup is of the embedded database' : false
const secret = 'a secret for tests that is long enough'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-backup-')))
const backups = join(root, 'backups')
const settings = { REEVE_BACKUP: backups, REEVE_SECRET: secret, REEVE_RATE_TOKEN: '0', REEVE_RATE_ADDRESS: '0', REEVE_LOG: 'warn' }
let count = 0
const newFolder = () => join(root, `data-${++count}`)
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))

/** Restores into a new folder and returns it. */
async function restored(args: string[] = [], from = backups) {
  const data = newFolder()
  const { code, stdout, stderr } = await reeve(['restore', from, ...args], { REEVE_DATA: data, REEVE_SECRET: secret })
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /is restored to .*\nThe lists match the records\.\n$/)
  return data
}

describe('the embedded database with REEVE_BACKUP', { skip }, () => {
  let place: Place
  let shown: Showcase
  let account: number
  const firstToken = () => shown.resellers[0]?.token ?? ''

  const create = async (name: string) => {
    const body = { name, exp_date: null, client_user: { role: { name: 'Users' } } }
    const answer = await place.ask('POST', `/iam/v2/clients/${account}/tokens`, firstToken(), body)
    return { status: answer.status, id: answer.body?.id as number, credential: answer.body?.token as string }
  }
  const remove = (id: number) => place.ask('DELETE', `/iam/v2/clients/${account}/tokens/${id}`, firstToken())

  before(async () => {
    place = await openPlace({ settings })
    await place.start()
    shown = JSON.parse(readFileSync(join(place.data, 'demo.json'), 'utf8'))
    account = (await place.ask('GET', '/iam/clients/me', firstToken())).body.id
  })
  after(() => place?.close())

  test('the data folder is lost: nothing that was acknowledged and archived is', { timeout: 120_000 + losses * 120_000 }, async (t) => {
    const known = new Map<string, { id: number; credential: string; created: number; deleted?: number | 'asked' }>()
    const asked = new Set<string>()
    let serial = 0
    let stays = 0

    async function write(signal: AbortSignal) {
      while (!signal.aborted) {
        const name = `lost-${serial++}`
        asked.add(name)
        const { status, id, credential } = await create(name)
        assert.ok([0, 200].includes(status), `creating a token answered ${status}`)
        if (status !== 200) return
        const token: { id: number; credential: string; created: number; deleted?: number | 'asked' } = {
          id,
          credential,
          created: Date.now(),
        }
        known.set(name, token)
        if (Math.random() < 0.1 && stays++ < 20) continue
        token.deleted = 'asked'
        if ((await remove(id)).status === 204) token.deleted = Date.now()
      }
    }

    for (let round = 0; round < losses; round++) {
      const ending = new AbortController()
      const writing = Promise.all(Array.from({ length: 3 }, () => write(ending.signal)))
      // The base backup is taken meanwhile.
      await Promise.race([writing, untilSafe(backups)]).catch((error) => assert.fail(`${error.message}\n${place.said()}`))
      await Promise.race([writing, delay(1000 + Math.random() * 2000)])
      const postmaster = place.postmaster()
      assert.ok(postmaster)
      process.kill(postmaster, 'SIGKILL')
      const killed = Date.now()
      await place.killServer()
      ending.abort()
      await writing
      const archived = await lastArchived(backups)
      assert.ok(archived)
      await place.close() // removes the folder
      assert.ok(!existsSync(place.data))

      const data = await restored()
      place = await openPlace({ data, command: 'serve', settings })
      await place.start()
      const safe = (at: number | 'asked' | undefined) => typeof at === 'number' && at < archived.at.getTime()
      const there = new Map(
        (
          await place.sql(
            (sql) => sql<{ name: string; deleted: boolean }[]>`SELECT name, deleted_at IS NOT NULL AS deleted FROM api_tokens`,
          )
        ).map(({ name, deleted }) => [name, deleted]),
      )
      for (const [name, { created, deleted }] of known) {
        if (safe(created)) assert.ok(there.has(name), `${name} was acknowledged and archived, and is not there`)
        if (safe(deleted)) assert.equal(there.get(name), true, `${name} was deleted and archived, and is there`)
        if (there.get(name)) assert.notEqual(deleted, undefined, `nobody deleted ${name}`)
      }
      for (const name of there.keys()) assert.ok(!name.startsWith('lost-') || asked.has(name), `nobody asked for ${name}`)
      const alive = [...known].filter(([name, one]) => safe(one.created) && one.deleted === undefined && there.has(name)).slice(-20)
      for (const [name, { credential }] of alive)
        assert.equal((await place.ask('GET', '/iam/users/me', credential)).status, 200, `${name} works`)
      await assertWhole(place.sql, 'lost-')
      const kept = [...known.values()].filter(({ created }) => safe(created)).length
      const lost = [...known.keys()].filter((name) => !there.has(name)).length
      t.diagnostic(
        `loss ${round + 1}: timeline ${archived.timeline}, ${kept} acknowledged and archived tokens are there; ` +
          `${lost} of the last ${killed - archived.at.getTime()} ms are not`,
      )
      assert.ok(kept > 0, 'something was written and archived')
      for (const name of known.keys()) if (!there.has(name)) known.delete(name)
      for (const [name, one] of known) if (one.deleted !== undefined && !there.get(name)) known.delete(name)
    }
  })

  test('a second between two changes brings back the first and not the second', { timeout: 180_000 }, async () => {
    await untilSafe(backups)
    const pause = async () => {
      const second = Math.ceil((Date.now() + 1) / 1000) * 1000
      await until('the second is over', () => Date.now() > second + 50)
      return new Date(second).toISOString().replace('.000', '')
    }
    await pause() // that of the base backup
    assert.equal((await create('point-1')).status, 200)
    const between = await pause()
    assert.equal((await create('point-2')).status, 200)
    assert.equal((await create('point-3')).status, 200)
    await untilSafe(backups)
    const points = async (data: string) => (await tokensIn(data)).map(({ name }) => name).filter((name) => name.startsWith('point-'))
    assert.deepEqual(await points(await restored(['--at', between])), ['point-1'])
    assert.deepEqual(await points(await restored()), ['point-1', 'point-2', 'point-3'])

    const early = await reeve(['restore', backups, '--at', '2020-01-01T00:00:00Z'], { REEVE_DATA: newFolder() })
    assert.equal(early.code, 1)
    assert.match(early.stderr, /2020-01-01T00:00:00.000Z cannot be restored .* reaches from \S+ to \S+/)
    const vague = await reeve(['restore', backups, '--at', 'yesterday'], { REEVE_DATA: newFolder() })
    assert.match(vague.stderr, /--at takes an instant with its time zone/)
  })

  test('reeve backup, killed at any moment, leaves no torn base backup; whole, it is listed', { timeout: 180_000 }, async () => {
    await untilSafe(backups)
    const command = { REEVE_DATA: place.data, ...settings }
    const bases = () => readdirSync(join(backups, 'base')).filter((name) => !name.startsWith('draft-'))
    const before = bases()
    for (const wait of [0, 200, 900]) {
      const child = spawnReeve(['backup'], command)
      await until('it has begun', () => child.exitCode !== null || readdirSync(join(backups, 'base')).length > bases().length)
      await delay(wait)
      child.kill('SIGKILL')
      await once(child, 'close')
      const whole = (await listBases(backups, (name, why) => assert.fail(`${name} is torn: ${why}`))).map(({ name }) => name)
      assert.deepEqual(whole, bases(), 'what has the name of a base backup is one')
    }
    const { code, stdout, stderr } = await reeve(['backup'], command)
    assert.equal(code, 0, stdout + stderr)
    const name = /base[/\\](\d{8}T\d{6}Z): [\d.]+ MB in \d+ files\.\n$/.exec(stdout)?.[1] ?? ''
    assert.ok(bases().includes(name) && !before.includes(name), stdout)
    assert.deepEqual(
      readdirSync(join(backups, 'base')).filter((one) => one.startsWith('draft-')),
      [],
      'what was killed is removed',
    )
    const listed = await reeve(['backup', '--list'], command)
    assert.match(listed.stdout, new RegExp(`^${name} +[\\d.]+ MB +timeline \\d+ +from \\S+ to \\S+$`, 'm'))
  })

  test('what is damaged is not used, and nothing is restored from it', { timeout: 240_000 }, async () => {
    await untilSafe(backups)
    await place.stop() // so that nothing is archived meanwhile
    const copy = join(root, 'copy')
    cpSync(backups, copy, { recursive: true })
    const all = await listBases(copy)
    const [older, newest] = all.slice(-2)
    assert.ok(older && newest && older.timeline === newest.timeline, 'there are two base backups of this timeline')

    const file = join(newest.path, newest.files.toSorted((a, b) => b.bytes - a.bytes)[0]?.path ?? '')
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000)
    writeFileSync(file, bytes)
    const data = newFolder()
    const second = await reeve(['restore', copy], { REEVE_DATA: data, REEVE_SECRET: secret })
    assert.equal(second.code, 0, second.stderr)
    assert.match(second.stderr, new RegExp(`The base backup ${newest.name} is damaged: `))
    assert.match(second.stdout, new RegExp(`from the base backup ${older.name} `))

    const archived = await lastArchived(copy)
    assert.ok(archived)
    const current = join(copy, 'wal', segmentName(archived.timeline, archived.lsn))
    const segment = readFileSync(current)
    segment.writeUInt8(segment.readUInt8(100) ^ 1, 100)
    writeFileSync(current, segment)
    await nothingRestored(copy)
    segment.writeUInt8(segment.readUInt8(100) ^ 1, 100)
    writeFileSync(current, segment)
    const packed = join(copy, 'wal', `${segmentName(older.timeline, older.start)}.zst`)
    const complete = readFileSync(packed)
    complete.writeUInt8(complete.readUInt8(complete.length >> 1) ^ 1, complete.length >> 1)
    writeFileSync(packed, complete)
    await nothingRestored(copy)
    rmSync(copy, { recursive: true })
  })

  async function nothingRestored(from: string) {
    const torn = newFolder()
    const third = await reeve(['restore', from], { REEVE_DATA: torn, REEVE_SECRET: secret })
    assert.equal(third.code, 1, third.stdout)
    assert.match(third.stderr, /of the WAL, which the base backup \S+ needs, is damaged\.[\s\S]*Nothing was restored\./)
    assert.deepEqual(readdirSync(torn), [], 'nothing is left')
  }

  test('a folder of another database, or of another state of this one, is not written to', { timeout: 240_000 }, async () => {
    const earlier = newFolder()
    cpSync(place.data, earlier, { recursive: true }) // while nothing runs
    await place.start()
    assert.equal((await create('later')).status, 200)
    await untilSafe(backups)
    assert.equal(await place.stop(), 0)
    const before = await lastArchived(backups)

    const back = await reeve(['check'], { REEVE_DATA: earlier, ...settings })
    assert.equal(back.code, 1)
    assert.match(back.stderr, /holds changes that this database does not have/)
    const other = await reeve(['migrate'], { REEVE_DATA: newFolder(), ...settings })
    assert.equal(other.code, 1)
    assert.match(other.stderr, /holds the backup of another database: set REEVE_BACKUP to an empty folder/)
    assert.deepEqual(await lastArchived(backups), before)

    const outside = await reeve(['check'], { ...settings, DATABASE_URL: 'postgres://reeve@127.0.0.1/reeve' })
    assert.match(outside.stderr, /REEVE_BACKUP is for the embedded database: docs\/backup\.md says how/)
    const within = await reeve(['check'], { REEVE_DATA: root, REEVE_BACKUP: backups })
    assert.match(within.stderr, /REEVE_BACKUP lies in REEVE_DATA/)
    const full = newFolder()
    mkdirSync(full)
    writeFileSync(join(full, 'notes.txt'), 'mine')
    const refused = await reeve(['restore', backups], { REEVE_DATA: full })
    assert.match(refused.stderr, /is not empty \(notes\.txt\)/)
    assert.deepEqual(readdirSync(full), ['notes.txt'])
    const mode = statSync(backups).mode & 0o077
    assert.equal(process.platform === 'win32' ? 0 : mode, 0, 'only the account of the server reads it')
  })
})
