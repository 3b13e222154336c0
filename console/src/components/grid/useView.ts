/**
 * What a list shows: filters, orders, columns and density, all of it in the address. Filters stand there as in the query of the API. An address
 * with nothing but `preset` shows that preset; the bare address shows the person's own one.
 */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo } from 'react'
import { type Answer, query } from '../../api/client.ts'
import { type Density, usePreferencesOf } from '../../lib/preferences.ts'
import type { List, Query } from './definition.ts'
import type { Order } from './Head.tsx'

export type Preset = Answer<'GET /reeve/presets/{presetId}'>

/** Parameters of the page that are not part of what it shows. */
const places = ['at', 'panel']
const own = ['ordering', 'columns', 'density', 'preset', ...places]

export interface View {
  /** False until preferences and preset are known. */
  isReady: boolean
  /** Filters in the address. */
  chosen: Query
  /** Filters that hold, with those that hold by default. */
  query: Query
  orders: Order[]
  columns: readonly string[]
  widths: Readonly<Record<string, number>>
  density: Density
  /** Row to start at, from 0. */
  at: number
  panel: number | undefined
  /** Whether the address names a preset. */
  isPreset: boolean
  preset: Preset | undefined
  /** Whether the view differs from its preset. */
  isChanged: boolean
  /** The view as the query of an address. */
  address: string
  /** Changes the address; undefined removes a parameter. */
  change(changes: Record<string, string | undefined>, replace?: boolean): void
}

export function useView<Row>(list: List<Row>): View {
  const given = useSearch({ strict: false }) as Record<string, string | string[]>
  const navigate = useNavigate()
  const preferences = usePreferencesOf(list.name)
  const search = useMemo(() => flat(given), [given])
  const presetId = Number(search.preset) || undefined
  const isBare = Object.keys(search).every((name) => places.includes(name) || name === 'preset')
  const asked = useQuery({
    ...query('GET /reeve/presets/{presetId}', { path: { presetId: presetId ?? 0 } }),
    enabled: presetId !== undefined,
  })
  const preset = presetId === undefined ? undefined : asked.data
  const usual = preferences?.preset
  const isRedirected = isBare && presetId === undefined && typeof usual === 'number'
  useEffect(() => {
    if (isRedirected) void navigate({ to: '.', search: (last) => ({ ...last, preset: String(usual) }), replace: true })
  }, [isRedirected, usual, navigate])

  const effective = useMemo(() => {
    if (!isBare || !preset) return search
    const kept = { ...flat(Object.fromEntries(new URLSearchParams(preset.query))), ...search }
    return preset.columns ? { columns: preset.columns.join(','), ...kept } : kept
  }, [search, isBare, preset])

  const change = useCallback(
    (changes: Record<string, string | undefined>, replace = false) => {
      const isPlace = Object.keys(changes).every((name) => places.includes(name))
      const { at: _, ...rest } = effective
      const next = isPlace ? { ...search, ...changes } : { ...rest, ...changes }
      if (!isPlace && Object.entries(next).every(([name, value]) => value === undefined || name === 'preset' || places.includes(name)))
        Object.assign(next, list.defaults, { preset: undefined })
      const set = Object.entries(next).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
      void navigate({ to: '.', search: Object.fromEntries(set), replace, resetScroll: false })
    },
    [effective, search, navigate, list],
  )

  return useMemo(() => {
    const names = list.filters.flatMap(({ params }) => params)
    const chosen = pick(effective, (name) => names.includes(name))
    const known = new Set(list.columns.map(({ id }) => id))
    const columns = (effective.columns?.split(',') ?? preferences?.columns?.map(({ name }) => name) ?? list.usual).filter((id) =>
      known.has(id),
    )
    return {
      isReady: preferences !== undefined && !isRedirected && !(isBare && presetId !== undefined && asked.isPending),
      chosen,
      query: { ...list.defaults, ...chosen },
      orders: ordersOf(effective.ordering),
      columns: columns.length > 0 ? columns : list.usual,
      widths: Object.fromEntries((preferences?.columns ?? []).flatMap(({ name, width }) => (width === undefined ? [] : [[name, width]]))),
      density: densityOf(effective.density) ?? preferences?.density ?? 'standard',
      at: Math.max(0, (Number(search.at) || 1) - 1),
      panel: Number(search.panel) || undefined,
      isPreset: presetId !== undefined,
      preset,
      isChanged:
        preset !== undefined && !isBare && addressOf(search) !== addressOf(flat(Object.fromEntries(new URLSearchParams(preset.query)))),
      address: addressOf(effective),
      change,
    }
  }, [list, effective, search, preferences, preset, presetId, isBare, isRedirected, asked.isPending, change])
}

/** Of a parameter given twice the first counts. */
const flat = (search: Record<string, string | string[]>): Query =>
  Object.fromEntries(Object.entries(search).flatMap(([name, value]) => ([value].flat()[0] ? [[name, [value].flat()[0] ?? '']] : [])))
const pick = (query: Query, is: (name: string) => boolean): Query => Object.fromEntries(Object.entries(query).filter(([name]) => is(name)))
const densityOf = (text: string | undefined) => (['compact', 'standard', 'comfortable'] as const).find((one) => one === text)

/** What the view shows, in one way of writing, so that two can be compared. */
function addressOf(query: Query): string {
  const shown = pick(query, (name) => !places.includes(name) && name !== 'preset')
  return new URLSearchParams(Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1))).toString()
}

export const ordersOf = (text = ''): Order[] =>
  text
    .split(',')
    .filter((one) => one !== '')
    .map((one) => ({ field: one.replace(/^-/, ''), descends: one.startsWith('-') }))
export const orderingOf = (orders: readonly Order[]) =>
  orders.map(({ field, descends }) => (descends ? `-${field}` : field)).join(',') || undefined
export const isOwn = (name: string) => own.includes(name)
