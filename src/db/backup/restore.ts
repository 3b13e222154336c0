/** Restores a base backup and the WAL behind it into a new data folder, to any second. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { makePrivateFolder, syncFolder } from '../../lib/private-files.ts'
import type { Progress } from '../../lib/progress.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { accountFor } from '../embedded/account.ts'
import { clusterOf, giveTo, newDraft } from '../embedded/cluster.ts'
import { lockFolder } from '../embedded/lock.ts'
import { findPrograms, type Programs, runAs, runProgram } from '../embedded/programs.ts'
import { ProgramFailed, refusal } from '../embedded/refusal.ts'
import { serverSettings, thisMachine } from '../embedded/settings.ts'
import { copyHashed, hashFile, readIfThere, unlessMissing } from './files.ts'
import { type Archived, type Base, listBases, namesIn, packedName, rangeOf, readArchived, walOf } from './folder.ts'
import { MANIFEST } from './manifest.ts'
import { isHistory, SEGMENT, segmentName, segmentStart } from './wal.ts'

interface Options {
  /** The instant to restore to; the end of what is archived if left out. */
  at: Date | undefined
  progress: Progress
  say: (line: string) => void
}

export interface Restored {
  base: string
  /** Everything committed before this instant is there, and nothing that was committed after it. */
  to: Date
}

/** Part of the data folder that may be there: the secret, which is in no backup. */
const MAY_BE_THERE = 'secret.key'

/** @throws StartupError if the data folder is not empty, or if the backup does not reach the instant or is damaged */
export async function restoreBackup(data: string, folder: string, options: Options): Promise<Restored> {
  const home = resolve(data)
  try {
    const other = (await namesIn(home)).find((name) => name !== MAY_BE_THERE)
    if (other !== undefined)
      throw new StartupError(`${home} is not empty (${other}): set REEVE_DATA to a new folder. It may hold ${MAY_BE_THERE}.`)
    const choices = await findChoices(folder, options)
    const found = findPrograms()
    makePrivateFolder(home)
    const unlock = await lockFolder(home, async () => false)
    try {
      return await restoreFirstWhole(home, found, folder, choices, options)
    } finally {
      unlock()
    }
  } catch (error) {
    throw refusal(home, error)
  }
}

interface Choice {
  base: Base
  archived: Archived | undefined
  /** The LSN up to which WAL is needed, and the instant that is restored. */
  end: number
  to: Date
}

/** Returns the base backups that lead to the one state that was asked for, the fastest one first. */
async function findChoices(folder: string, { at, say }: Options): Promise<Choice[]> {
  const archived = await readArchived(folder)
  const bases = await listBases(folder, (name, why) => say(`The base backup ${name} is damaged and is not used (${why}).`))
  if (bases.length === 0) throw new StartupError(`There is no base backup in ${folder}: is it the folder of REEVE_BACKUP?`)
  const choices: Choice[] = []
  const spans: { from: Date; until: Date }[] = []
  for (const base of bases.toReversed()) {
    const { end, until } = await rangeOf(folder, base, archived)
    if (until === undefined) {
      say(`The base backup ${base.name} is not used: its WAL is missing.`)
      continue
    }
    const [later] = spans
    if (later !== undefined && later.from <= until) later.from = base.from
    else spans.unshift({ from: base.from, until })
    if (at !== undefined && (at < base.from || at > until)) continue
    // All that was committed before `at` lies before the end of a base backup that was taken well after it.
    const after = at === undefined ? Number.POSITIVE_INFINITY : at.getTime() + 60_000
    const next = bases.find((one) => one.timeline === base.timeline && one.from.getTime() > after && one.start >= base.stop)
    const known = archived.find(({ timeline }) => timeline === base.timeline)
    choices.push({ base, archived: known, end: Math.min(end, next?.stop ?? end), to: at ?? until })
  }
  if (choices.length === 0)
    throw new StartupError(
      at === undefined
        ? `The WAL of the base backups is not in ${folder}: nothing can be restored.`
        : `${iso(at)} cannot be restored from ${folder}, which reaches ${spans.map((span) => `from ${iso(span.from)} to ${iso(span.until)}`).join(', and ')}.`,
    )
  // Another timeline has another history, and behind a gap is another end.
  const [best] = choices as [Choice]
  return choices.filter(({ base, to }) => base.timeline === best.base.timeline && to.getTime() === best.to.getTime())
}

/**
 * A damaged base backup is left for the one before it, from which more WAL leads to the same instant. Nothing is synced: PostgreSQL syncs a
 * whole data folder before it recovers.
 */
async function restoreFirstWhole(home: string, found: Programs, folder: string, choices: Choice[], options: Options): Promise<Restored> {
  const damages: string[] = []
  for (const choice of choices) {
    const draft = newDraft(home)
    try {
      await copyBase(found, choice, draft, options.progress)
      await copyWal(folder, choice, draft, options.progress)
      await recover(found, choice, draft, options)
      await rename(draft, clusterOf(home))
      syncFolder(home)
      return { base: choice.base.name, to: choice.to }
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      damages.push(error.message)
      options.say(error.message)
    } finally {
      await rm(draft, { recursive: true, force: true, maxRetries: 3 })
    }
  }
  throw new StartupError(`No base backup and its WAL are whole. Nothing was restored.\n${damages.join('\n')}`)
}

class Damaged extends Error {}

const decompress = promisify(zstdDecompress)

async function copyBase(programs: Programs, { base }: Choice, draft: string, progress: Progress): Promise<void> {
  const version = (await readIfThere(join(base.path, 'PG_VERSION')))?.trim()
  const ours = programs.version.split('.')[0]
  if (version !== undefined && version !== ours && base.files.some(({ path }) => path === 'PG_VERSION'))
    throw new StartupError(
      `The backup was made by PostgreSQL ${version}, and this Reeve brings ${ours}: restore it with a Reeve that brings ${version}.`,
    )
  await mkdir(draft, { mode: 0o700 })
  for (const path of EMPTY) await mkdir(join(draft, path), { recursive: true, mode: 0o700 })
  let done = 0
  for (const { path, bytes, sha256 } of base.files) {
    progress('base backup', done, base.bytes)
    await mkdir(dirname(join(draft, path)), { recursive: true, mode: 0o700 })
    const copied = await copyHashed(join(base.path, path), join(draft, path))
    if (copied?.bytes !== bytes || copied.sha256 !== sha256)
      throw new Damaged(`The base backup ${base.name} is damaged: ${path} ${copied ? `does not fit ${MANIFEST}` : 'is missing'}.`)
    done += bytes
  }
}

/** Folders that PostgreSQL expects, and of which a manifest knows nothing while they are empty. */
const EMPTY = [
  ...['pg_commit_ts', 'pg_dynshmem', 'pg_logical/snapshots', 'pg_logical/mappings', 'pg_notify', 'pg_replslot', 'pg_serial'],
  ...['pg_snapshots', 'pg_stat', 'pg_stat_tmp', 'pg_subtrans', 'pg_tblspc', 'pg_twophase', 'pg_wal/archive_status', 'pg_wal/summaries'],
]

/**
 * Puts the WAL where PostgreSQL looks for it if a restore_command finds none: no shell and no account has to reach the backup folder. Each
 * segment is verified, because damaged WAL would be taken for the end of the WAL.
 */
async function copyWal(folder: string, { base, archived, end }: Choice, draft: string, progress: Progress): Promise<void> {
  const first = segmentStart(base.start)
  for (let lsn = first; lsn < end; lsn += SEGMENT) {
    progress('WAL', lsn - first, end - first)
    const name = segmentName(base.timeline, lsn)
    const target = join(draft, 'pg_wal', name)
    const isWhole = (await unpack(folder, name, target)) ?? (await copyCurrent(folder, name, target, archived, lsn))
    if (!isWhole) throw new Damaged(`${name} of the WAL, which the base backup ${base.name} needs, is damaged.`)
  }
  for (const name of (await namesIn(walOf(folder))).filter(isHistory))
    await copyFile(join(walOf(folder), name), join(draft, 'pg_wal', name))
}

/** Returns whether a complete segment is whole; undefined if it is not there. */
async function unpack(folder: string, name: string, target: string): Promise<boolean | undefined> {
  const packed = await readFile(join(walOf(folder), packedName(name))).catch(unlessMissing)
  if (packed === undefined) return undefined
  const segment = await decompress(packed).catch(() => undefined)
  if (segment?.length !== SEGMENT) return false
  await writeFile(target, segment, { mode: 0o600 })
  return true
}

/** Returns whether the last segment is whole as far as it was archived. */
async function copyCurrent(folder: string, name: string, target: string, archived: Archived | undefined, lsn: number): Promise<boolean> {
  if (archived === undefined || segmentStart(archived.lsn) !== lsn) return false
  if ((await copyHashed(join(walOf(folder), name), target)) === undefined) return false
  return (await hashFile(target, archived.lsn - lsn))?.digest('hex') === archived.sha256
}

/**
 * Replays the WAL in PostgreSQL's single-user mode, in which nobody can connect, and begins a new timeline: a number that no database
 * restored from this folder had.
 */
async function recover(found: Programs, { base, to }: Choice, draft: string, { at, progress }: Options): Promise<void> {
  progress('replay', 0, 1)
  await writeFile(join(draft, 'recovery.signal'), '', { mode: 0o600, flush: true })
  const programs = await runAs(found, accountFor(undefined))
  if (programs.account !== undefined) giveTo(draft, programs.account)
  const replay = (target: Record<string, string>) => {
    const settings = { ...serverSettings(thisMachine(Number.POSITIVE_INFINITY)), ...RECOVERY, ...target }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    return runProgram(programs, 'postgres', draft, (path) => ['--single', '-D', path, ...flags, 'postgres'], '')
  }
  try {
    await replay(at === undefined ? {} : { recovery_target_time: to.toISOString().replace('T', ' ').replace('Z', '+00') })
  } catch (error) {
    // Nothing was committed between the instant and the end of the WAL, so the end is what was asked for.
    const before = error instanceof ProgramFailed && error.output.some((line) => line.includes('before configured recovery target'))
    if (at === undefined || !before) throw error
    await replay({})
  }
  if (existsSync(join(draft, 'recovery.signal'))) throw new Error(`${base.name} was not replayed to its end.`)
}

const RECOVERY = {
  restore_command: 'exit 1',
  recovery_target_timeline: 'current',
  recovery_target_action: 'promote',
  hot_standby: 'off',
}

const iso = (date: Date) => date.toISOString()
