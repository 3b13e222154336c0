/** How a page of a tenant is read: in one statement where the rest of it is remembered, else in one snapshot with count and version. */
import type { Scope, ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import { documentOf, factsOf, type List, type RawRow } from './list.ts'
import type { ListMemory, ReadPage } from './list-memory.ts'
import { pageText } from './list-text.ts'
import type { Slice } from './slices.ts'

export interface WantedPage<F> {
  caller: Caller
  /** The route, and the path and query that were asked for. */
  route: string
  url: string
  slice: Slice
  list: List<F>
}

export function createPageReader(scope: Scope, memory: ListMemory) {
  const countName = <F>({ caller, route, list }: WantedPage<F>) => `count ${caller.resellerId} ${route} ${JSON.stringify(list.filters)}`
  const factsName = <F>({ caller, route }: WantedPage<F>) => `facts ${caller.resellerId} ${route}`

  /** The page by what is remembered, if the statement that reads its rows meets the version that is of. */
  async function alone<F>(wanted: WantedPage<F>, version?: string): Promise<ReadPage | undefined> {
    const { caller, url, list } = wanted
    const total = memory.fact<number>(countName(wanted))
    const facts = memory.fact<F>(factsName(wanted))
    if (!total || total.version !== facts?.version || total.version !== (version ?? total.version)) return undefined
    if (wanted.slice.limit === 0) return undefined // no row would tell the version
    const slice = { ...wanted.slice, total: total.value }
    const rows = await scope.readModel((db) => list.rows(db, slice, db`, ${versionOf(db, caller)} AS version`))
    if (rows[0]?.at(-1)?.toString() !== total.version) return undefined
    return { version: total.version, body: pageText(url, slice, rows.map(documentOf(list, facts.value))) }
  }

  /** Everything of the one moment that the version names. */
  function whole<F>(wanted: WantedPage<F>): Promise<ReadPage> {
    const { caller, url, list } = wanted
    const read = async (db: ScopedSql) => {
      const [row] = await db<{ version: string }[]>`SELECT ${versionOf(db, caller)} AS version`
      const version = row?.version ?? ''
      const name = countName(wanted)
      const known = memory.fact<number>(name)
      const total = known?.version === version ? known.value : memory.keep(name, version, await list.count(db))
      const facts = memory.keep(factsName(wanted), version, await factsOf(list, db))
      const slice = { ...wanted.slice, total }
      return { version, body: pageText(url, slice, await documents(db, list, slice, facts)) }
    }
    return scope.read(caller, read, 'custom')
  }

  return {
    whole,
    /** For pages that take the database little, for others may have to wait behind. `version` is the present one, where it is known. */
    soon: async <F>(wanted: WantedPage<F>, version?: string) => (await alone(wanted, version)) ?? whole(wanted),
  }
}

const versionOf = (db: ScopedSql, { resellerId }: Caller) => db`(SELECT tenant_version(${resellerId}))::text`

/** The documents of a slice that is small enough for one query. */
export async function documents<F>(db: ScopedSql, list: List<F>, slice: Slice, facts: F): Promise<Buffer[][]> {
  if (slice.limit === 0) return []
  const rows: Iterable<RawRow> = await list.rows(db, slice, db``).raw()
  return Array.from(rows, documentOf(list, facts))
}
