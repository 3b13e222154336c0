/** What a person chose about the look of lists, kept by the server. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type Answer, api, type Given, query } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { explain } from './explain.ts'
import { toast } from './toast.ts'

export type Preferences = Answer<'GET /reeve/users/me/preferences'>
export type ListName = keyof Preferences['lists']
export type ListPreferences = NonNullable<Preferences['lists'][ListName]>
export type Density = Preferences['density']

const options = { ...query('GET /reeve/users/me/preferences', {}), staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false }

/** Undefined while they are on their way; empty if the server does not tell. */
export function usePreferencesOf(list: ListName): ListPreferences | undefined {
  const { data, isError } = useQuery(options)
  return data ? { density: data.density, ...data.lists[list] } : isError ? {} : undefined
}

/** Returns a function that shows and keeps changes to the preferences of a list. */
export function useChangePreferences(list: ListName) {
  const queries = useQueryClient()
  return async (changes: ListPreferences) => {
    const before = queries.getQueryData<Preferences>(options.queryKey)
    const next: ListPreferences = { ...before?.lists[list], ...changes }
    if (before) queries.setQueryData<Preferences>(options.queryKey, { ...before, lists: { ...before.lists, [list]: next } })
    const given = { body: { lists: { [list]: next } } } as Given<'PATCH /reeve/users/me/preferences'>
    try {
      await api('PATCH /reeve/users/me/preferences', given)
    } catch (error) {
      // Who acts as somebody leaves that person's preferences alone: they hold until the page is left.
      if (!(error instanceof ApiError && error.code === 'acting_session')) toast(explain(error), { kind: 'failed' })
    }
  }
}
