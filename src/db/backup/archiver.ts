/**
 * Archives WAL: every second it copies what PostgreSQL has flushed to its disk since, and syncs it. A replication slot keeps what is not
 * archived yet. While the backup folder fails, the slot holds WAL until max_slot_wal_keep_size; beyond that PostgreSQL drops the slot
 * rather than fill its disk, and archiving begins anew with a base backup.
 */
import { createHash, type Hash } from 'node:crypto'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { closeToOthers } from '../../lib/private-files.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { type Login, openPool, type Sql } from '../pool.ts'
import { takeBase } from './base.ts'
import { chunksOf, hashFile, openIfThere, readIfThere, syncFolder, writeAll, writeSynced } from './files.ts'
import {
  archivedFile,
  DAY,
  formatArchived,
  listBases,
  namesIn,
  packedName,
  rangeOf,
  readArchived,
  removeOld,
  walOf,
  writeArchived,
} from './folder.ts'
import { isHistory, readLsn, SEGMENT, segmentName, segmentStart } from './wal.ts'

export interface ArchiverOptions {
  cluster: string
  /** PostgreSQL's superuser. */
  admin: Login
  folder: string
  /** Takes a base backup a day, and keeps what a restore to any second of so many days needs; 0 keeps all. */
  daily?: { days: number } | undefined
  log: (line: string) => void
  warn: (line: string) => void
}

export interface Archiver {
  /** Archives what is flushed until now, and ends. */
  close(): Promise<void>
}

const SLOT = 'reeve_backup'
/** Milliseconds between two copies of WAL, and between two looks at the base backups; each after success and after failure. */
const PAUSE = { wal: 1000, walFailed: 5000, bases: 300_000, basesFailed: 60_000 }

const compress = promisify(zstdCompress)
const QUICKLY = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 }

/** Where archiving goes on. */
interface Position {
  system: string
  timeline: number
  lsn: number
  /** Of the segment that holds `lsn`, up to there. */
  hash: Hash
  /** What we last wrote of it. */
  written: string | undefined
}

/** @throws StartupError if the folder belongs to another database or to another state of this one */
export async function startArchiver(options: ArchiverOptions): Promise<Archiver> {
  const { cluster, admin, folder, daily, log, warn } = options
  const sql = openPool(admin, { max: 1, name: 'reeve archiver' })
  const closing = new AbortController()
  const { signal } = closing
  let position: Position | undefined
  let failing: string | undefined

  async function archive() {
    try {
      position ??= await findPosition(sql, options)
      await copyFlushed(sql, options, position)
      if (failing !== undefined) log(`The WAL is archived in ${folder} again.`)
      failing = undefined
    } catch (error) {
      position = undefined // What was written is found out anew.
      const why = (error as Error).message
      if (why !== failing) warn(`The WAL cannot be archived in ${folder}, and PostgreSQL keeps it meanwhile: ${why}`)
      failing = why
      if (error instanceof StartupError) throw error
    }
  }

  async function keepArchiving() {
    while (!signal.aborted) {
      await delay(failing === undefined ? PAUSE.wal : PAUSE.walFailed, undefined, { signal }).catch(() => {})
      await archive().catch(() => {})
    }
  }

  async function keepBases({ days }: { days: number }) {
    while (!signal.aborted) {
      let pause = PAUSE.bases
      try {
        while (position === undefined && !signal.aborted) await delay(PAUSE.wal) // The archiver says why.
        const due = await nextBase(folder, position?.timeline)
        if (due.getTime() <= Date.now() && !signal.aborted) {
          const { name } = await takeBase({ cluster, admin, folder, signal })
          log(`The base backup ${name} is in ${folder}.`)
        }
        await removeOld(folder, days, new Date())
      } catch (error) {
        pause = PAUSE.basesFailed
        if (!signal.aborted) warn(`There is no new base backup in ${folder}: ${(error as Error).message}`)
      }
      await delay(pause, undefined, { signal }).catch(() => {})
    }
  }

  try {
    await archive()
  } catch (error) {
    await sql.end({ timeout: 1 })
    throw error
  }
  const living = [keepArchiving(), daily && keepBases(daily)]
  return {
    async close() {
      closing.abort()
      await Promise.all(living)
      await sql.end({ timeout: 1 })
    },
  }
}

/** Ends the slot of a server that archives no more, which would hold WAL for ever. */
export async function endArchiving(admin: Login): Promise<void> {
  const sql = openPool(admin, { max: 1, name: 'reeve archiver' })
  try {
    await sql`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${SLOT}`
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function findPosition(sql: Sql, { cluster, folder, log }: ArchiverOptions): Promise<Position> {
  await mkdir(walOf(folder), { recursive: true, mode: 0o700 })
  closeToOthers(folder)
  const [own] = await sql`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
    (SELECT timeline_id::int FROM pg_split_walfile_name(pg_walfile_name(pg_current_wal_flush_lsn()))) AS timeline,
    pg_current_wal_flush_lsn()::text AS flushed, (SELECT wal_status FROM pg_replication_slots WHERE slot_name = ${SLOT}) AS slot`
  const { system, timeline, flushed, slot } = own as { system: string; timeline: number; flushed: string; slot: string | null }
  const all = await readArchived(folder)
  if (all.some((one) => one.system !== system))
    throw new StartupError(`${folder} holds the backup of another database: set REEVE_BACKUP to an empty folder.`)
  await archiveHistories(cluster, folder)
  const archived = all.find((one) => one.timeline === timeline)
  if (archived !== undefined) {
    const hash = await hashFile(join(cluster, 'pg_wal', segmentName(timeline, archived.lsn)), archived.lsn % SEGMENT)
    if (readLsn(flushed) < archived.lsn || (hash !== undefined && hash.copy().digest('hex') !== archived.sha256))
      throw new StartupError(
        `${folder} holds changes that this database does not have: its data folder was put back to an earlier state, or another ` +
          'server archives there. Restore from the backup, or set REEVE_BACKUP to an empty folder.',
      )
    if (slot !== null && slot !== 'lost' && hash !== undefined)
      return { system, timeline, lsn: archived.lsn, hash, written: formatArchived(archived) }
  }
  await sql`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${SLOT}`
  const [made] = await sql`SELECT lsn::text AS lsn FROM pg_create_physical_replication_slot(${SLOT}, true)`
  const lsn = segmentStart(readLsn(made?.lsn))
  log(`The WAL is archived in ${folder} from ${segmentName(timeline, lsn)} on.`)
  return { system, timeline, lsn, hash: createHash('sha256'), written: await readIfThere(archivedFile(folder, timeline)) }
}

/** A history says where a timeline left the one before. Kept for ever, so that no later restore takes the number of a timeline again. */
async function archiveHistories(cluster: string, folder: string): Promise<void> {
  for (const name of (await namesIn(join(cluster, 'pg_wal'))).filter(isHistory)) {
    const ours = await readIfThere(join(cluster, 'pg_wal', name))
    const theirs = await readIfThere(join(walOf(folder), name))
    if (ours === undefined || ours === theirs) continue
    if (theirs !== undefined)
      throw new StartupError(
        `${folder} holds another ${name}: a second database was restored from it. Set REEVE_BACKUP to an empty folder.`,
      )
    await writeSynced(join(walOf(folder), name), ours)
  }
}

async function copyFlushed(sql: Sql, { cluster, folder }: ArchiverOptions, position: Position): Promise<void> {
  const { system, timeline } = position
  // What is acknowledged before `at` is flushed before `flushed` is read.
  const [now] = await sql<{ at: Date; flushed: string }[]>`
    SELECT clock_timestamp() AS at, pg_current_wal_flush_lsn()::text AS flushed`
  const { at, flushed } = now as { at: Date; flushed: string }
  const target = readLsn(flushed)
  if ((await readIfThere(archivedFile(folder, timeline))) !== position.written) throw new Error('another server archives there as well')
  while (position.lsn < target) {
    const end = Math.min(target, segmentStart(position.lsn) + SEGMENT)
    await copyPart(cluster, folder, position, end)
    position.lsn = end
    if (end % SEGMENT !== 0) break
    await pack(cluster, folder, segmentName(timeline, end - 1))
    position.hash = createHash('sha256')
  }
  const archived = { system, timeline, lsn: position.lsn, at, sha256: position.hash.copy().digest('hex') }
  const written = formatArchived(archived)
  await writeArchived(folder, timeline, written)
  position.written = written
  await sql`SELECT pg_replication_slot_advance(${SLOT}, ${flushed}::pg_lsn)`
}

/** Copies the bytes from the position to `end`, which lie in one segment. The archived file has its full length from the beginning. */
async function copyPart(cluster: string, folder: string, { timeline, lsn, hash }: Position, end: number): Promise<void> {
  const name = segmentName(timeline, lsn)
  const start = segmentStart(lsn)
  const from = await open(join(cluster, 'pg_wal', name), 'r')
  try {
    const path = join(walOf(folder), name)
    const there = await openIfThere(path, 'r+')
    const to = there ?? (await open(path, 'wx', 0o600))
    try {
      if ((await to.stat()).size !== SEGMENT) await to.truncate(SEGMENT)
      let at = lsn - start
      for await (const chunk of chunksOf(from, at, end - start)) {
        hash.update(chunk)
        await writeAll(to, chunk, at)
        at += chunk.length
      }
      if (start + at !== end) throw new Error(`${name} is shorter than PostgreSQL says`)
      await to.sync()
    } finally {
      await to.close()
    }
    if (there === undefined) await syncFolder(walOf(folder))
  } finally {
    await from.close()
  }
}

/** Replaces a complete segment by a compressed one, which takes a fifth of the space or less. */
async function pack(cluster: string, folder: string, name: string): Promise<void> {
  const packed = await compress(await readFile(join(cluster, 'pg_wal', name)), { params: QUICKLY })
  await writeSynced(join(walOf(folder), packedName(name)), packed)
  await rm(join(walOf(folder), name), { force: true })
}

/** When the next base backup of the timeline is due: a day after the last one from which the WAL leads to now, else at once. */
async function nextBase(folder: string, timeline: number | undefined): Promise<Date> {
  const archived = await readArchived(folder)
  const now = archived.find((one) => one.timeline === timeline)
  if (now === undefined) throw new Error('nothing is archived yet')
  const last = (await listBases(folder)).findLast((base) => base.timeline === timeline)
  if (last === undefined) return new Date(0)
  const { end, until } = await rangeOf(folder, last, archived)
  return until === undefined || end < now.lsn ? new Date(0) : new Date(last.from.getTime() + DAY)
}
