/** Reads a page of a tenant: in one statement if everything else is cached, otherwise in one snapshot with count and version. */
import type { Scope, ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'
import type { ListCache, ReadPage } from './cache.ts'
import { type Counted, contextOf, countOf, documentOf, type List, type RawRow } from './list.ts'
import { type Slice, splitSlice } from './slices.ts'
import { pageText } from './text.ts'

export interface PageRequest<F> {
  caller: Caller
  /** The route, and the requested path and query. */
  route: string
  url: string
  slice: Slice
  list: List<F>
}

export function createPageReader(scope: Scope, cache: ListCache) {
  const countKey = <F>({ caller, route }: PageRequest<F>, { filters }: List<F>) =>
    `count ${caller.resellerId} ${route} ${JSON.stringify(filters)}`
  const contextKey = <F>({ caller, route }: PageRequest<F>) => `context ${caller.resellerId} ${route}`

  /**
   * Reads the page with cached count and context; undefined unless the statement that reads the rows sees the version that they were cached
   * at.
   */
  async function fromCache<F>(request: PageRequest<F>, version?: string): Promise<ReadPage | undefined> {
    const { caller, url, list } = request
    const context = cache.get<F>(contextKey(request))
    const totals = partsOf(list).map((part) => cache.get<Counted>(countKey(request, part)))
    if (!context || context.version !== (version ?? context.version)) return undefined
    if (totals.some((total) => total?.version !== context.version)) return undefined
    const { slice, pieces } = cut(
      request,
      totals.map((total) => total?.value ?? { total: 0 }),
    )
    if (pieces.length === 0) return undefined // no row would return the version
    const read = ({ list, slice }: Piece<F>) => scope.readModel((db) => list.rows(db, slice, db`, ${versionOf(db, caller)} AS version`))
    const found = await Promise.all(pieces.map(read))
    if (found.some((rows) => rows[0]?.at(-1)?.toString() !== context.version)) return undefined
    return { version: context.version, body: pageText(url, slice, found.flat().map(documentOf(list, context.value))) }
  }

  /** Reads everything in one snapshot, which the version names. */
  function fromSnapshot<F>(request: PageRequest<F>): Promise<ReadPage> {
    const { caller, url, list } = request
    const read = async (db: ScopedSql) => {
      const [row] = await db<{ version: string }[]>`SELECT ${versionOf(db, caller)} AS version`
      const version = row?.version ?? ''
      const count = async (part: List<F>) => {
        const name = countKey(request, part)
        const known = cache.get<Counted>(name)
        if (known?.version === version) return known.value
        const counted = await countOf(part, db)
        return cache.set(name, version, counted, counted.ids?.length)
      }
      const [totals, context] = await Promise.all([Promise.all(partsOf(list).map(count)), contextOf(list, db)])
      cache.set(contextKey(request), version, context)
      const { slice, pieces } = cut(request, totals)
      const found = await Promise.all(pieces.map((piece) => documents(db, piece.list, piece.slice, context)))
      return { version, body: pageText(url, slice, found.flat()) }
    }
    return scope.read(caller, read, 'custom')
  }

  return {
    fromSnapshot,
    /** For cheap pages only, because other requests may wait for it. `version` is the current version, if known. */
    fromCacheOrSnapshot: async <F>(request: PageRequest<F>, version?: string) =>
      (await fromCache(request, version)) ?? fromSnapshot(request),
  }
}

interface Piece<F> {
  list: List<F>
  slice: Slice
}

const partsOf = <F>(list: List<F>) => list.parts ?? [list]

/** Returns the slice with its total, and the pieces of the parts that it covers. */
function cut<F>({ list, slice }: PageRequest<F>, parts: readonly Counted[]): { slice: Slice; pieces: Piece<F>[] } {
  const totals = parts.map(({ total }) => total)
  const pieces = splitSlice(slice, totals).map(({ part, ...own }) => ({
    list: partsOf(list)[part] as List<F>,
    slice: { ...own, ...parts[part] },
  }))
  return { slice: { ...slice, total: totals.reduce((sum, total) => sum + total, 0) }, pieces }
}

const versionOf = (db: ScopedSql, { resellerId }: Caller) => db`(SELECT tenant_version(${resellerId}))::text`

/** Returns the documents of a slice that is small enough for one query. */
export async function documents<F>(db: ScopedSql, list: List<F>, slice: Slice, context: F): Promise<Buffer[][]> {
  if (slice.limit === 0) return []
  const rows: Iterable<RawRow> = await list.rows(db, slice, db``).raw()
  return Array.from(rows, documentOf(list, context))
}
