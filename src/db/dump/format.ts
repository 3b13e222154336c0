/**
 * The file of `reeve dump`: text, compressed by Zstandard. A line of JSON describes what follows: for each table a COPY statement, its rows in
 * COPY's text format and the line `\.`. The last line is the SHA-256 of all lines before it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createZstdDecompress } from 'node:zlib'
import pg from 'pg'
import type { Progress } from '../../lib/progress.ts'
import { StartupError } from '../../lib/startup-error.ts'

export interface Table {
  name: string
  columns: string[]
  rows: number
}

export interface Manifest {
  format: typeof FORMAT
  /** Version of Reeve. */
  reeve: string
  postgresql: string
  /** When the snapshot was taken. */
  taken: string
  migrations: { id: number; name: string; checksum: string }[]
  tables: Table[]
  /** The highest id that each table has given out, which may be above those of its rows. */
  ids: { table: string; column: string; last: string }[]
}

export const FORMAT = 'reeve dump 1'
export const END = '\\.\n'
/** A manifest is some kilobytes; a file that is none of ours may have no newline at all. */
const LONGEST_LINE = 4_000_000

export const copyStatement = ({ name, columns }: Table, direction: 'FROM STDIN' | 'TO STDOUT') =>
  `COPY ${pg.escapeIdentifier(name)} (${columns.map((one) => pg.escapeIdentifier(one)).join(', ')}) ${direction}`

/** Counts the rows of COPY's text format: a newline within a value is escaped. */
export function newlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}

/**
 * Reads a dump and calls `load` with the rows of each table, which it must consume. Holds a chunk in memory.
 * @param begin called first, with the manifest
 * @throws StartupError if the file is no dump, or not the one that was written: cut off, altered, with other numbers of rows
 */
export async function readDump(
  path: string,
  begin: (manifest: Manifest) => Promise<unknown>,
  load: (table: Table, rows: AsyncIterable<Buffer>) => Promise<unknown>,
): Promise<Manifest> {
  const file = createReadStream(path)
  const text = file.pipe(createZstdDecompress())
  file.on('error', (error) => text.destroy(error))
  const damaged = (why: string, cause?: unknown) => new StartupError(`${path} is damaged: ${why}.`, { cause })
  const lines = readLines(text, (error) => {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('E') && !code.startsWith('ERR_')) return new StartupError(`${path} cannot be read: ${message}`, { cause: error })
    return damaged(`it ends early, or is no file of reeve dump (${message})`, error)
  })
  try {
    const manifest = parseManifest(await lines.next())
    if (manifest === undefined) throw new StartupError(`${path} is no file of reeve dump, or of a newer version than this one.`)
    await begin(manifest)
    for (const table of manifest.tables) {
      if ((await lines.next()) !== copyStatement(table, 'FROM STDIN')) throw damaged(`the rows of ${table.name} are not where they belong`)
      let rows = 0
      const counted = async function* () {
        for await (const chunk of lines.rows()) {
          rows += newlines(chunk)
          yield chunk
        }
      }
      await load(table, counted())
      if (rows !== table.rows) throw damaged(`${table.name} has ${rows} rows in place of ${table.rows}`)
    }
    const digest = lines.digest()
    if ((await lines.next()) !== digest || !(await lines.isOver())) throw damaged('its checksum is wrong')
    return manifest
  } finally {
    file.destroy()
    text.destroy()
  }
}

/** Reads the whole dump, and fails where it is not as it was written. */
export function verifyDump(path: string, progress: Progress): Promise<Manifest> {
  let [done, total] = [0, 0]
  return readDump(
    path,
    async ({ tables }) => {
      total = sum(tables)
    },
    async (_table, rows) => {
      for await (const chunk of rows) {
        done += newlines(chunk)
        progress('reading the dump', done, total)
      }
    },
  )
}

export const sum = (tables: readonly Table[]) => tables.reduce((all, { rows }) => all + rows, 0)

function parseManifest(line: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(line) as Manifest
    return manifest.format === FORMAT ? manifest : undefined
  } catch {
    return undefined
  }
}

/** Cuts a stream into lines and, for tables, into chunks that end anywhere. */
function readLines(source: AsyncIterable<Buffer>, refuse: (error: unknown) => Error) {
  const chunks = source[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let rest: Buffer = Buffer.alloc(0)
  const more = async () => {
    const next = await chunks.next().catch((error) => Promise.reject(refuse(error)))
    if (!next.done) rest = Buffer.concat([rest, next.value])
    return !next.done
  }
  const need = async () => {
    if (!(await more())) throw refuse(new Error('unexpected end'))
  }
  const take = (bytes: number) => {
    const taken = rest.subarray(0, bytes)
    rest = rest.subarray(bytes)
    hash.update(taken)
    return taken
  }
  return {
    async next() {
      while (rest.indexOf(10) === -1 && rest.length < LONGEST_LINE) await need()
      return take(rest.indexOf(10) + 1)
        .toString()
        .slice(0, -1)
    },
    async *rows() {
      while (rest.length < END.length) await need()
      if (rest.indexOf(END) !== 0)
        for (;;) {
          const at = rest.indexOf(`\n${END}`)
          if (at !== -1) {
            yield take(at + 1)
            break
          }
          if (rest.length > END.length) yield take(rest.length - END.length) // what remains may be the beginning of the end
          await need()
        }
      take(END.length)
    },
    digest: () => hash.copy().digest('hex'),
    isOver: async () => rest.length === 0 && !(await more()),
  }
}
