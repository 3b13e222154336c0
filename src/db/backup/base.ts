/**
 * Takes a base backup: the files of the cluster, copied while it is in use, between pg_backup_start() and pg_backup_stop(). What changes
 * meanwhile is in the WAL, which the archiver brings.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from '../../lib/progress.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { locks } from '../locks.ts'
import { type Login, openPool, type TransactionSql } from '../pool.ts'
import { type Copied, copyHashed, syncFile, syncFolder, unlessMissing } from './files.ts'
import { type Base, baseName, basesOf, draftName, listBases, namesIn, readArchived, removeDrafts } from './folder.ts'
import { type Entry, formatManifest, MANIFEST } from './manifest.ts'
import { readLsn, readSegmentName } from './wal.ts'

export interface BaseOptions {
  /** The data folder of PostgreSQL. */
  cluster: string
  /** Its superuser. */
  admin: Login
  folder: string
  progress?: Progress
  signal?: AbortSignal
}

/** Milliseconds that the archiver may stand still before a base backup is given up. */
const PATIENCE = 60_000
/** For pg_backup_start(), which waits for a checkpoint. */
const LONGEST = 3_600_000

/** Folders whose contents belong to a running server or are made anew, as in pg_basebackup. WAL is archived. */
const EMPTIED = /^(pg_wal(\/(archive_status|summaries))?|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)$/
const LEFT_OUT =
  /(^|\/)(pgsql_tmp.*|pg_internal\.init.*)$|^(postmaster\.(pid|opts)|\.s\.PGSQL.*|backup_label.*|tablespace_map.*|recovery\.signal)$/
const CONTROL = 'global/pg_control'
const LABEL = 'backup_label'

/** @returns the base backup, of which every file is on disk, and the WAL that it needs archived */
export async function takeBase({ admin, ...options }: BaseOptions): Promise<Base> {
  const pool = openPool(admin, { max: 1, name: 'reeve backup', deadline: LONGEST })
  try {
    return await pool.reserve((sql) => take(sql, options))
  } finally {
    await pool.end({ timeout: 1 })
  }
}

async function take(sql: TransactionSql, { cluster, folder, progress, signal }: Omit<BaseOptions, 'admin'>): Promise<Base> {
  const [own] = await sql`SELECT pg_try_advisory_lock(${locks.baseBackup}::bigint) AS alone,
    (SELECT system_identifier::text FROM pg_control_system()) AS system`
  if (!own?.alone) throw new StartupError('Another base backup is in progress: wait for its end.')
  const [begun] = await sql`SELECT pg_walfile_name(lsn) AS segment, lsn::text AS lsn FROM pg_backup_start('reeve', true) AS lsn`
  const timeline = readSegmentName(begun?.segment)?.timeline ?? 0
  await removeDrafts(folder, timeline)
  const draft = join(basesOf(folder), draftName(timeline, randomUUID().slice(0, 8)))
  try {
    const files = await copyCluster(cluster, draft, progress, signal)
    const [ended] = await sql`SELECT lsn::text AS lsn, labelfile, spcmapfile FROM pg_backup_stop(false)`
    if (ended?.spcmapfile)
      throw new StartupError('The database has tablespaces, which a base backup does not copy: dump it instead (reeve dump).')
    const [{ stopped } = {}] = await sql<{ stopped: Date }[]>`SELECT clock_timestamp() AS stopped`
    files.push({ path: LABEL, modified: stopped as Date, ...(await addFile(draft, LABEL, ended?.labelfile)) })
    const manifest = { system: own.system, timeline, start: readLsn(begun?.lsn), stop: readLsn(ended?.lsn), files }
    await writeFile(join(draft, MANIFEST), formatManifest(manifest), { mode: 0o600, flag: 'wx', flush: true })
    await syncFolder(draft)
    await untilArchived(folder, timeline, manifest.stop, signal)
    return await publish(folder, draft, stopped as Date)
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
    throw error
  }
}

async function copyCluster(cluster: string, draft: string, progress: Progress = () => {}, signal?: AbortSignal): Promise<Entry[]> {
  const { files, folders } = await survey(cluster)
  await mkdir(draft, { recursive: true, mode: 0o700 })
  for (const path of folders) await mkdir(join(draft, path), { mode: 0o700 })
  const entries: Entry[] = []
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const { path, bytes, modified } of files) {
    signal?.throwIfAborted()
    progress('base backup', done, total)
    const copied = path === CONTROL ? await copyControl(cluster, draft) : await copyHashed(join(cluster, path), join(draft, path), signal)
    if (copied !== undefined) entries.push({ path, modified, ...copied })
    done += bytes
  }
  for (const { path } of entries) await syncFile(join(draft, path))
  for (const path of folders.toReversed()) await syncFolder(join(draft, path))
  return entries
}

/** Lists what a base backup copies, folders before what they contain, and pg_control last. */
async function survey(cluster: string) {
  const files: { path: string; bytes: number; modified: Date }[] = []
  const folders: string[] = []
  const walk = async (within: string): Promise<void> => {
    for (const entry of (await readdir(join(cluster, within), { withFileTypes: true }).catch(unlessMissing)) ?? []) {
      const path = within === '' ? entry.name : `${within}/${entry.name}`
      if (LEFT_OUT.test(path)) continue
      if (entry.isDirectory()) {
        if (EMPTIED.test(within) && !EMPTIED.test(path)) continue
        folders.push(path)
        await walk(path)
      } else if (entry.isFile() && !EMPTIED.test(within)) {
        const found = await stat(join(cluster, path)).catch(unlessMissing)
        if (found !== undefined) files.push({ path, bytes: found.size, modified: found.mtime })
      }
    }
  }
  await walk('')
  files.sort((a, b) => Number(a.path === CONTROL) - Number(b.path === CONTROL))
  return { files, folders }
}

/** Reads pg_control until it is the same twice: it has no full page in the WAL that would mend what is read during a write. */
async function copyControl(cluster: string, draft: string): Promise<Copied> {
  const path = join(cluster, CONTROL)
  let bytes = await readFile(path)
  for (;;) {
    const again = await readFile(path)
    if (again.equals(bytes)) break
    bytes = again
  }
  return addFile(draft, CONTROL, bytes)
}

async function addFile(draft: string, path: string, content: Buffer | string): Promise<Copied> {
  await writeFile(join(draft, path), content, { mode: 0o600, flag: 'wx', flush: true })
  return { bytes: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') }
}

/** Waits for the archiver, which may run in another process. */
async function untilArchived(folder: string, timeline: number, lsn: number, signal?: AbortSignal): Promise<void> {
  let seen = { at: Number.NaN, since: performance.now() }
  for (;;) {
    const archived = (await readArchived(folder)).find((one) => one.timeline === timeline)
    if (archived !== undefined && archived.lsn >= lsn) return
    const at = archived?.at.getTime() ?? 0
    if (at !== seen.at) seen = { at, since: performance.now() }
    if (performance.now() - seen.since > PATIENCE)
      throw new StartupError(
        `The WAL does not arrive in ${folder}: see the log of the server, which needs REEVE_BACKUP too. No base backup was made.`,
      )
    await delay(200, undefined, { signal })
  }
}

/** Gives the draft its name, which makes it a base backup. */
async function publish(folder: string, draft: string, stopped: Date): Promise<Base> {
  const taken = await namesIn(basesOf(folder))
  let first = new Date(Math.ceil(stopped.getTime() / 1000) * 1000)
  while (taken.includes(baseName(first))) first = new Date(first.getTime() + 1000)
  const name = baseName(first)
  await rename(draft, join(basesOf(folder), name))
  await syncFolder(basesOf(folder))
  const base = (await listBases(folder)).find((one) => one.name === name)
  if (base === undefined) throw new Error(`${name} is not there after it was written.`)
  return base
}
