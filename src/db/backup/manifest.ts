/**
 * The manifest of a base backup, in PostgreSQL's own format (its documentation: "Backup Manifest Format"): the files with their sizes and
 * SHA-256, and the WAL that a restore needs at least.
 */
import { createHash } from 'node:crypto'
import { formatLsn, readLsn } from './wal.ts'

export const MANIFEST = 'backup_manifest'

export interface Entry {
  /** Relative to the data folder, with slashes. */
  path: string
  bytes: number
  modified: Date
  sha256: string
}

export interface Manifest {
  /** The identifier of the cluster: 64 bits, so not a number here. */
  system: string
  timeline: number
  /** Replay begins at `start`, and is consistent from `stop` on. */
  start: number
  stop: number
  files: Entry[]
}

export function formatManifest({ system, timeline, start, stop, files }: Manifest): string {
  const lines = files.map(({ path, bytes, modified, sha256 }) =>
    [
      `{ "Path": ${JSON.stringify(path)}`,
      `"Size": ${bytes}`,
      `"Last-Modified": "${modified.toISOString().slice(0, 19).replace('T', ' ')} GMT"`,
      '"Checksum-Algorithm": "SHA256"',
      `"Checksum": "${sha256}" }`,
    ].join(', '),
  )
  const text = `{ "PostgreSQL-Backup-Manifest-Version": 2,
"System-Identifier": ${system},
"Files": [
${lines.join(',\n')}
],
"WAL-Ranges": [
{ "Timeline": ${timeline}, "Start-LSN": "${formatLsn(start)}", "End-LSN": "${formatLsn(stop)}" }
],
`
  return `${text}"Manifest-Checksum": "${sha256(text)}"}\n`
}

/** @throws Error if the text is not whole */
export function readManifest(text: string): Manifest {
  const at = text.lastIndexOf('"Manifest-Checksum"')
  if (at < 0 || text.slice(at) !== `"Manifest-Checksum": "${sha256(text.slice(0, at))}"}\n`) throw new Error('its checksum does not fit')
  const { Files: files, 'WAL-Ranges': ranges } = JSON.parse(text)
  const [range] = ranges
  return {
    system: /"System-Identifier": (\d+)/.exec(text)?.[1] ?? '',
    timeline: range.Timeline,
    start: readLsn(range['Start-LSN']),
    stop: readLsn(range['End-LSN']),
    files: files.map((one: Record<string, string>) => ({
      path: one.Path,
      bytes: one.Size,
      modified: new Date(one['Last-Modified'] ?? ''),
      sha256: one.Checksum,
    })),
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
