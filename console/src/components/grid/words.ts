/** A filter in words, as its chip says it. */
import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { day, number } from '../../lib/format.ts'
import type { Filter, Option, Options, Query } from './definition.ts'

/** The options of a filter; those that the server knows are asked for while `isWanted`. */
export function useOptions(options: Options | undefined, isWanted: boolean) {
  const remote = options && 'load' in options ? options : undefined
  const { data, isPending, error } = useQuery({
    queryKey: ['options', remote?.key],
    queryFn: ({ signal }) => remote?.load(signal) ?? [],
    enabled: remote !== undefined && isWanted,
    staleTime: 60_000,
  })
  const fixed = options && !('load' in options) ? options : undefined
  return { options: fixed ?? data ?? [], isPending: remote !== undefined && isPending, error }
}

export const optionsOf = ({ editor }: Filter) => (editor.kind === 'one' || editor.kind === 'many' ? editor.options : undefined)

/** Returns the values of a filter's parameters if any is set. */
export function valuesOf({ params }: Filter, query: Query): string[] | undefined {
  const values = params.map((param) => query[param] ?? '')
  return values.some((value) => value !== '') ? values : undefined
}

const separator = ', '

/** @param options as far as they are known */
export function inWords({ label, editor }: Filter, values: readonly string[], options: readonly Option[]): string {
  const [first = '', second = ''] = values
  const named = (value: string) => options.find((one) => one.value === value)?.label ?? value
  const list = first.split(',').map(named)
  const names = list.join(separator)
  switch (editor.kind) {
    case 'text':
      return editor.exact ? `${label}: ${first}` : t`${label} contains “${first}”`
    case 'one':
      return `${label}: ${named(first)}`
    case 'many':
      if (list.length === 1) return `${label}: ${names}`
      return editor.joined === 'any' ? t`${label}: any of ${names}` : t`${label}: all of ${names}`
    case 'ids':
      return `${label}: ${names}`
    case 'numbers':
      return between(label, first && `${number(Number(first))} ${editor.unit}`, second && `${number(Number(second))} ${editor.unit}`)
    case 'days':
      return between(label, first && day(first), second && day(second))
    case 'until': {
      const end = day(first)
      return t`${label}: until ${end}`
    }
  }
}

function between(label: string, from: string, to: string): string {
  if (from === '') return t`${label}: until ${to}`
  return to === '' ? t`${label}: from ${from}` : `${label}: ${from} – ${to}`
}
