/** Which accounts a change set is about: those with given ids, or those that match filters of the list of accounts. */
import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { type ApiError, errors, type FieldErrors } from '../../http/errors.ts'
import { compileParameters } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { type Fragment, parametersOf } from '../../lists/filters.ts'
import { type ClientFilterValues, matching } from '../clients/clients.queries.ts'
import { clientFilters } from '../clients/list/list.filters.ts'
import type { ChangeSetDraft } from './change-sets.schema.ts'

/** A selection within one reseller. */
export interface Selection {
  resellerId: number
  /** In order and each once, or null for a filter. */
  ids: number[] | null
  /** As it was sent, or null for ids. */
  filter: Record<string, unknown> | null
  values: ClientFilterValues
}

const readFilters = compileParameters(Type.Object(parametersOf(clientFilters)))
const names: readonly string[] = Object.keys(clientFilters)

/** Reads filters as the list of accounts would. @throws 400 by name */
export function valuesOf(filter: NonNullable<Selection['filter']>): ClientFilterValues {
  const refuse = (fields: FieldErrors) => errors.invalid({ select: { filter: fields } })
  const wrong: FieldErrors = {}
  for (const name in filter) {
    const value = filter[name]
    if (!names.includes(name)) throw refuse({ [name]: ['There is no such filter.'] }) // one is enough: there may be thousands
    if (!['string', 'number', 'boolean'].includes(typeof value)) wrong[name] = ['Must be of type string or number or boolean.']
    else if (value === '') wrong[name] = ['This field may not be blank.'] // a query ignores it, which would select more
  }
  if (Object.keys(wrong).length > 0) throw refuse(wrong)
  const read = readFilters(Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])))
  if (read.error) throw refuse(((read.error as ApiError).body as { errors: FieldErrors }).errors)
  return read.value as ClientFilterValues
}

/**
 * Returns what a request selects. An operator of the platform works in one reseller at a time: sellers, defaults and the log are a
 * reseller's.
 * @throws 400 if it is not one of both, a filter is wrong, or an operator names no reseller
 */
export async function selectionOf(db: ScopedSql, caller: Caller, { ids, filter }: ChangeSetDraft['select']): Promise<Selection> {
  if ((ids === undefined) === (filter === undefined)) throw errors.invalid({ select: ['Either `ids` or `filter` is required.'] })
  const values = filter ? valuesOf(filter) : {}
  const each = ids ? [...new Set(ids)].sort((a, b) => a - b) : null
  const resellerId = caller.kind === 'platform' ? await resellerIn(db, each, values) : caller.resellerId
  return { resellerId, ids: each, filter: filter ?? null, values }
}

async function resellerIn(db: ScopedSql, ids: number[] | null, { reseller_id }: ClientFilterValues): Promise<number> {
  if (ids === null) {
    if (typeof reseller_id === 'number' && (await exists(db, reseller_id))) return reseller_id
    throw errors.invalid({ select: { filter: { reseller_id: ['A reseller is required.'] } } })
  }
  const rows = await db<{ id: number }[]>`SELECT DISTINCT reseller_id AS id FROM clients WHERE id = ANY (${ids}::bigint[]) LIMIT 2`
  if (rows.length !== 1) throw errors.invalid({ select: { ids: ['The accounts must belong to one reseller.'] } })
  return rows[0]?.id as number
}

async function exists(db: ScopedSql, resellerId: number): Promise<boolean> {
  const [row] = await db`SELECT FROM resellers WHERE id = ${resellerId}`
  return row !== undefined
}

/** Condition on rows of client_list, which begins with what the caller may see. */
export const selected = (db: ScopedSql, caller: Caller, { resellerId, ids, values }: Selection): Fragment =>
  db`${matching(db, caller, values)} AND reseller_id = ${resellerId} ${ids ? db`AND id = ANY (${ids}::bigint[])` : db``}`
