/** Archiving while the backup folder fails, for a while and for too long, and what is removed in the end. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { processMetrics } from '../../lib/metrics.ts'
import { type EmbeddedServer, startEmbedded } from '../embedded/server.ts'
import { openPool, type Sql } from '../pool.ts'
import { type Archiver, startArchiver } from './archiver.ts'
import { takeBase } from './base.ts'
import { archivedFile, baseName, DAY, formatArchived, listBases, rangeOf, readArchived, removeOld, walOf } from './folder.ts'
import { formatManifest, readManifest } from './manifest.ts'
import { restoreBackup } from './restore.ts'
import { formatLsn, readLsn, readSegmentName, segmentName } from './wal.ts'
import { watchBackup } from './watch.ts'

const root = mkdtempSync(join(tmpdir(), 'reeve-archiver-'))
chmodSync(root, 0o755)
const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))

async function until(what: string, condition: () => boolean | Promise<boolean>) {
  for (let waited = 0; !(await condition()); waited += 50) {
    assert.ok(waited < 90_000, `waited in vain until ${what}`)
    await delay(50)
  }
}

/** A database with a table, and its archiver. */
async function world(name: string, { settings = {}, daily }: { settings?: Record<string, string>; daily?: { days: number } } = {}) {
  const [data, folder] = [join(root, name), join(root, `${name}-backup`)]
  const server = await startEmbedded(data, { settings })
  ending.push(() => server.stop())
  const sql = openPool(server.admin, { max: 1 })
  ending.push(() => sql.end())
  const said: string[] = []
  const options = { cluster: join(data, 'postgres'), admin: server.admin, folder, daily }
  const start = async (): Promise<Archiver> => {
    const say = (line: string) => said.push(line)
    const archiver = await startArchiver({ ...options, log: say, warn: say })
    ending.push(() => archiver.close())
    return archiver
  }
  await sql`CREATE TABLE notes (text text)`
  return { data, folder, server, sql, said, start, options }
}

const note = (sql: Sql, text: string) => sql`INSERT INTO notes VALUES (${text})`

async function archivedSince(folder: string, lsn: string) {
  await until(`${lsn} is archived`, async () => (await readArchived(folder)).some((one) => one.lsn >= readLsn(lsn)))
}

const flushed = async (sql: Sql) => (await sql`SELECT pg_current_wal_flush_lsn()::text AS lsn`)[0]?.lsn as string

let restores = 0
/** The notes of a new folder that is restored from a backup. */
async function notesOf(folder: string, at?: Date): Promise<string[]> {
  const data = join(root, `restored-${++restores}`)
  await restoreBackup(data, folder, { at, progress: () => {}, say: (line) => assert.fail(line) })
  const server: EmbeddedServer = await startEmbedded(data)
  const sql = openPool(server.admin, { max: 1 })
  try {
    return (await sql<{ text: string }[]>`SELECT text FROM notes ORDER BY text`).map(({ text }) => text)
  } finally {
    await sql.end()
    await server.stop()
  }
}

test('a backup folder that fails for a while costs nothing: archiving goes on where it was, over many segments', async () => {
  const { folder, sql, said, start, options } = await world('while')
  const archiver = await start()
  const base = await takeBase(options)
  await note(sql, 'before')
  await archivedSince(folder, await flushed(sql))
  renameSync(walOf(folder), join(folder, 'gone'))
  writeFileSync(walOf(folder), 'no folder')
  await note(sql, 'during')
  await until('it says so', () => said.some((line) => /cannot be archived in .*PostgreSQL keeps it meanwhile/.test(line)))
  await sql`INSERT INTO notes SELECT 'row ' || n || repeat(md5(n::text), 40) FROM generate_series(1, 20000) n`
  const [row] = await sql`SELECT count(*)::int AS slots FROM pg_replication_slots WHERE slot_name = 'reeve_backup' AND wal_status <> 'lost'`
  assert.equal(row?.slots, 1)
  rmSync(walOf(folder))
  renameSync(join(folder, 'gone'), walOf(folder))
  await note(sql, 'afterwards')
  await archiver.close()
  assert.ok(said.some((line) => /is archived in .* again/.test(line)))
  const all = await readArchived(folder)
  assert.equal((await rangeOf(folder, base, all)).end, all[0]?.lsn, 'without a gap')
  const notes = await notesOf(folder)
  assert.equal(notes.length, 20_003)
  assert.ok(['before', 'during', 'afterwards'].every((text) => notes.includes(text)))
})

test('one that fails for too long does not fill the disk: a new base backup follows the gap', async () => {
  const settings = { max_slot_wal_keep_size: '16MB', max_wal_size: '48MB', min_wal_size: '32MB' }
  const { folder, sql, start, options } = await world('long', { settings })
  const archiver = await start()
  const first = await takeBase(options)
  await note(sql, 'before')
  await archivedSince(folder, await flushed(sql))
  await archiver.close()
  const beforeGap = (await readArchived(folder))[0]?.at as Date

  for (let part = 0; part < 4; part++) {
    await note(sql, `in the gap ${part}`)
    await sql`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 20000000))`
    await sql`SELECT pg_switch_wal()`
    await sql`CHECKPOINT`
  }
  const [slot] = await sql`SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'reeve_backup'`
  assert.equal(slot?.wal_status, 'lost', 'PostgreSQL has not kept the WAL')

  const daily = { days: 7 }
  const again = await startArchiver({ ...options, daily, log: () => {}, warn: assert.fail })
  ending.push(() => again.close())
  await until('there is a new base backup', async () => (await listBases(folder)).length === 2)
  await note(sql, 'after the gap')
  await archivedSince(folder, await flushed(sql))
  await again.close()
  const all = await readArchived(folder)
  const gap = await rangeOf(folder, first, all)
  assert.ok(gap.end < (all[0]?.lsn ?? 0), 'nothing leads over the gap')
  assert.deepEqual(await notesOf(folder), ['after the gap', 'before', ...[0, 1, 2, 3].map((part) => `in the gap ${part}`)])
  const within = new Date((gap.until?.getTime() ?? beforeGap.getTime()) + 1)
  await assert.rejects(
    restoreBackup(join(root, 'never'), folder, { at: within, progress: () => {}, say: () => {} }),
    /cannot be restored from .*which reaches /,
  )
})

test('old base backups and the WAL before the others are removed, and the rest can be restored', async () => {
  const { folder, sql, start, options } = await world('old')
  const archiver = await start()
  const bases = []
  for (const text of ['1', '2', '3']) {
    await note(sql, text)
    bases.push(await takeBase(options))
    await sql`SELECT pg_switch_wal()`
  }
  await archivedSince(folder, await flushed(sql))
  await archiver.close()
  const names = async () => (await listBases(folder)).map(({ name }) => name)
  const [, second, third] = bases
  assert.ok(second && third)
  const later = (days: number, than: Date) => new Date(than.getTime() + days * DAY)

  await removeOld(folder, 0, later(1000, third.from))
  assert.equal((await names()).length, 3, '0 keeps all')
  await removeOld(folder, 7, later(6, third.from))
  assert.equal((await names()).length, 3, 'the first one is younger than a week')
  await removeOld(folder, 7, later(7, second.from))
  assert.deepEqual(await names(), [second.name, third.name], 'the newest one that is a week old leads to any second since')
  await removeOld(folder, 7, later(1000, third.from))
  assert.deepEqual(await names(), [third.name], 'the last one stays for ever')
  const oldest = readdirSync(walOf(folder)).map((name) => readSegmentName(name.slice(0, 24))?.start ?? Number.POSITIVE_INFINITY)
  assert.equal(Math.min(...oldest), readSegmentName(segmentName(third.timeline, third.start))?.start)
  assert.deepEqual(await notesOf(folder), ['1', '2', '3'])
})

test('no commit between the instant and the end of the WAL: the end is what was asked for', async () => {
  const { folder, sql, start, options } = await world('quiet')
  const archiver = await start()
  await takeBase(options)
  await note(sql, 'last')
  await delay(100)
  await archivedSince(folder, await flushed(sql))
  await archiver.close()
  const [archived] = await readArchived(folder)
  const until = archived?.at as Date
  assert.deepEqual(await notesOf(folder, until), ['last'])
})

test('a second archiver on a copy of the database is told apart', async () => {
  const { folder, sql, start } = await world('two')
  await start()
  await note(sql, 'a')
  await archivedSince(folder, await flushed(sql))
  const other = (await readArchived(folder))[0]
  assert.ok(other)
  // What another one would write: it is ahead of us.
  const file = join(folder, 'timeline-1.json')
  await until('it is refused', async () => {
    writeFileSync(file, JSON.stringify({ ...other, lsn: formatLsn(other.lsn + 1e9), at: other.at }))
    await delay(1500)
    return (await readArchived(folder))[0]?.lsn === other.lsn + 1e9
  })
})

test('/readyz tells what an operator must know', async () => {
  const { folder, sql, start, options } = await world('watched')
  const watch = watchBackup(folder, 0)
  assert.match((await watch.warnings()).join(), /no WAL is archived yet.*no base backup yet/)
  const archiver = await start()
  assert.match((await watch.warnings()).join(), /^[^,]*no base backup yet[^,]*$/)
  await takeBase(options)
  await note(sql, 'x')
  await archivedSince(folder, await flushed(sql))
  assert.deepEqual(await watch.warnings(), [])
  const metrics = await processMetrics.metrics()
  assert.match(metrics, /^reeve_backup_archived_timestamp_seconds \d{10}/m)
  assert.match(metrics, /^reeve_backup_base_timestamp_seconds \d{10}$/m)
  await archiver.close()

  const [archived] = await readArchived(folder)
  assert.ok(archived)
  const long = new Date(Date.now() - 3 * DAY)
  writeFileSync(archivedFile(folder, 1), formatArchived({ ...archived, at: long }))
  assert.match((await watch.warnings()).join(), new RegExp(`no WAL is archived since ${long.toISOString()}`))
  const base = (await listBases(folder))[0]
  assert.ok(base)
  renameSync(base.path, join(folder, 'base', baseName(long)))
  assert.match((await watch.warnings()).join(), /the last base backup is of /)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder')
  assert.deepEqual(await watch.warnings(), ['Backup: the folder cannot be read (ENOTDIR).'])
})

test('LSNs, names of segments and manifests are read as they are written', () => {
  for (const text of ['0/0', '0/1000000', '16/B374D848', 'FFFF/FFFFFFFF']) assert.equal(formatLsn(readLsn(text)), text)
  assert.equal(segmentName(1, readLsn('0/1000000')), '000000010000000000000001')
  assert.equal(segmentName(10, readLsn('1F/FF000000')), '0000000A0000001F000000FF')
  assert.deepEqual(readSegmentName('0000000A0000001F000000FF'), { timeline: 10, start: readLsn('1F/FF000000') })
  assert.equal(readSegmentName('00000002.history'), undefined)
  const files = [{ path: 'base/1/"ü"', bytes: 3, modified: new Date('2026-11-30T02:00:00Z'), sha256: 'a'.repeat(64) }]
  const manifest = { system: '7713783195849692725', timeline: 2, start: 40, stop: readLsn('1/2'), files }
  const text = formatManifest(manifest)
  assert.deepEqual(readManifest(text), manifest)
  assert.throws(() => readManifest(text.replace('"Size": 3', '"Size": 4')), /checksum/)
  assert.throws(() => readManifest(text.slice(0, -20)), /checksum/)
})
