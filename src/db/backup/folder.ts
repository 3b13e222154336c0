/**
 * The backup folder:
 * - `base/20261130T021500Z/`: a base backup, as PostgreSQL defines it, named by the first second to which it can be restored
 * - `wal/`: segments of WAL, those that are complete compressed by Zstandard with a checksum, and the history of each timeline
 * - `timeline-1.json`: how far the WAL of a timeline is archived
 */
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, unlessMissing, writeSynced } from './files.ts'
import { MANIFEST, type Manifest, readManifest } from './manifest.ts'
import { formatLsn, readLsn, readSegmentName, SEGMENT, segmentName, segmentStart } from './wal.ts'

/** In milliseconds. */
export const DAY = 86_400_000

export const basesOf = (folder: string) => join(folder, 'base')
export const walOf = (folder: string) => join(folder, 'wal')
export const packedName = (segment: string) => `${segment}.zst`

/** How far a timeline is archived: every byte before `lsn` is on disk, and with it all that was committed before `at`. */
export interface Archived {
  system: string
  timeline: number
  lsn: number
  at: Date
  /** Of the segment that holds `lsn`, up to there. */
  sha256: string
}

export function formatArchived({ lsn, at, ...rest }: Archived): string {
  return `${JSON.stringify({ ...rest, lsn: formatLsn(lsn), at: at.toISOString() })}\n`
}

export const archivedFile = (folder: string, timeline: number) => join(folder, `timeline-${timeline}.json`)
export const writeArchived = (folder: string, timeline: number, text: string) => writeSynced(archivedFile(folder, timeline), text)

/** Returns what is archived of each timeline. */
export async function readArchived(folder: string): Promise<Archived[]> {
  const names = (await namesIn(folder)).filter((name) => /^timeline-\d+\.json$/.test(name))
  const texts = await Promise.all(names.map((name) => readIfThere(join(folder, name))))
  return texts.flatMap((text) => {
    if (text === undefined) return []
    const { lsn, at, ...rest } = JSON.parse(text)
    return [{ ...rest, lsn: readLsn(lsn), at: new Date(at) }]
  })
}

export interface Base extends Manifest {
  name: string
  path: string
  bytes: number
  /** The first second to which it can be restored. */
  from: Date
}

export const baseName = (first: Date) => first.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '')
const readBaseName = (name: string) => new Date(name.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
const DRAFT = 'draft-'
export const draftName = (timeline: number, random: string) => `${DRAFT}${timeline}-${random}`

/** Returns the base backups, the oldest first. One whose manifest is damaged goes to `damaged` and is left out. */
export async function listBases(folder: string, damaged: (name: string, why: string) => void = () => {}): Promise<Base[]> {
  const names = (await namesIn(basesOf(folder))).filter((name) => /^\d{8}T\d{6}Z$/.test(name)).sort()
  const bases: Base[] = []
  for (const name of names) {
    const path = join(basesOf(folder), name)
    try {
      const manifest = readManifest((await readIfThere(join(path, MANIFEST))) ?? '')
      const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
      bases.push({ ...manifest, name, path, bytes, from: readBaseName(name) })
    } catch (error) {
      damaged(name, `${MANIFEST}: ${(error as Error).message}`)
    }
  }
  return bases
}

export interface Range {
  /** Where the WAL that follows the base without a gap ends. */
  end: number
  /** The last instant to which the base can be restored; undefined if not even the WAL that was written while it was taken is there. */
  until: Date | undefined
}

/** Follows the WAL from a base to the end of its timeline or to a gap. */
export async function rangeOf(folder: string, base: Base, archived: readonly Archived[]): Promise<Range> {
  const there = new Set(await namesIn(walOf(folder)))
  const known = archived.find(({ timeline }) => timeline === base.timeline)
  let end = segmentStart(base.start)
  let last: string | undefined
  for (;;) {
    const name = segmentName(base.timeline, end)
    if (known !== undefined && segmentStart(known.lsn) === end)
      return { end: known.lsn, until: known.lsn < base.stop ? undefined : known.at }
    if (!there.has(packedName(name))) break
    last = name
    end += SEGMENT
  }
  if (last === undefined || end < base.stop) return { end, until: undefined }
  return { end, until: (await stat(join(walOf(folder), packedName(last)))).mtime }
}

/**
 * Removes the base backups that a restore to any second of the last `days` days does not need, then the WAL that no base needs. A timeline
 * that was archived a day ago or less keeps its WAL without a base: the first one may be in progress.
 */
export async function removeOld(folder: string, days: number, now: Date): Promise<void> {
  const bases = await listBases(folder)
  const oldest = bases.findLast(({ from }) => from.getTime() <= now.getTime() - days * DAY)
  const needed = days === 0 || oldest === undefined ? bases : bases.slice(bases.indexOf(oldest))
  for (const { path, name, timeline } of bases.filter((base) => !needed.includes(base))) {
    const draft = join(basesOf(folder), draftName(timeline, name))
    await rename(path, draft) // Halfway deleted it must not look like a base.
    await rm(draft, { recursive: true, force: true })
  }
  const first = new Map<number, number>()
  for (const { timeline, at } of await readArchived(folder)) if (at.getTime() >= now.getTime() - DAY) first.set(timeline, 0)
  for (const { timeline, start } of needed.toReversed()) first.set(timeline, segmentStart(start))
  for (const name of await namesIn(walOf(folder))) {
    const segment = readSegmentName(name.slice(0, 24))
    if (segment !== undefined && segment.start < (first.get(segment.timeline) ?? Number.POSITIVE_INFINITY))
      await rm(join(walOf(folder), name), { force: true })
  }
}

/** Removes what base backups of the timeline left that were killed. None may be in progress. */
export async function removeDrafts(folder: string, timeline: number): Promise<void> {
  for (const name of await namesIn(basesOf(folder)))
    if (name.startsWith(draftName(timeline, ''))) await rm(join(basesOf(folder), name), { recursive: true, force: true })
}

export const namesIn = async (path: string): Promise<string[]> => (await readdir(path).catch(unlessMissing)) ?? []
