/** Who of the provider's staff has logged in as somebody of the account, as the activity log tells. */
import { useQueries } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import type { LoggedRequest } from '../../api/types.ts'

export interface Visit {
  id: number
  at: string
  /** The latest that it can have lasted. */
  until: string
  actor: number
  email: string
  reason: string
  readOnly: boolean
}

/** The operations that begin such a session: from the console, and from the API for an Administrator or a certain user. */
const beginnings = (clientId: number) =>
  ['/reeve/session/act_as', `/iam/auth/jwt/clients/${clientId}/admin_token`, '/iam/auth/jwt/users/'].map((path) =>
    query('GET /reeve/activity', { query: { affected_client_id: clientId, path, limit: 50 } }),
  )

const LONGEST_MINUTES = 60

function fieldsOf({ data, query_params }: LoggedRequest): Record<string, unknown> {
  try {
    return { ...Object.fromEntries(new URLSearchParams(query_params)), ...JSON.parse(data || '{}') }
  } catch {
    return {}
  }
}

function visitOf(entry: LoggedRequest): Visit {
  const { reason, duration, read_only } = fieldsOf(entry)
  const minutes = Number(duration) || LONGEST_MINUTES
  return {
    id: entry.id,
    at: entry.requested_at,
    until: new Date(new Date(entry.requested_at).getTime() + minutes * 60_000).toISOString(),
    actor: entry.user,
    email: entry.user_email,
    reason: typeof reason === 'string' ? reason : '',
    readOnly: String(read_only) === 'true',
  }
}

/** Returns the latest, newest first. */
export function useVisits(clientId: number) {
  return useQueries({
    queries: beginnings(clientId),
    combine: (answers) => ({
      error: answers.find(({ error }) => error)?.error,
      refetch: () => Promise.all(answers.map(({ refetch }) => refetch())),
      visits: answers.every(({ data }) => data)
        ? answers
            .flatMap(({ data }) => data?.results ?? [])
            .filter(({ status_code }) => status_code === 200)
            .map(visitOf)
            .sort((a, b) => b.id - a.id)
        : undefined,
    }),
  })
}
