/** SQL of the attempt counters. It stores digests only, because an attempted email may be any text and belong to nobody. */
import type { SystemSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'

/** Identifies a count. */
export interface Counter {
  kind: string
  /** A network or, for counters of a user, the user. */
  place: string
  email: string
}

export interface Limit {
  /** Number of failures without a delay. The next one costs a second, and each further one doubles the delay. */
  free: number
  /** Longest delay, in seconds. */
  longest: number
  /** The count expires after this many hours without a failure. */
  hours: number
}

const keyOf = (sql: SystemSql, { kind, place, email }: Counter) => sql`failure_key(${kind}, ${place}, ${email})`

const keysOf = (sql: SystemSql, counters: readonly Counter[]): Fragment => sql`
  (SELECT coalesce(array_agg(failure_key(kind, place, email) ORDER BY n), '{}')
   FROM unnest(${counters.map(({ kind }) => kind)}::text[], ${counters.map(({ place }) => place)}::text[],
     ${counters.map(({ email }) => email)}::text[]) WITH ORDINALITY AS one (kind, place, email, n))`

/** Returns the seconds to wait for each counter, in the given order. Counts nothing. */
export async function backoffs(sql: SystemSql, counters: readonly (readonly [Counter, Limit])[]): Promise<number[]> {
  const rows = await sql<{ wait: number }[]>`
    SELECT coalesce((SELECT attempt_wait(count, last_at, free, longest) FROM failures f WHERE f.key = due.key AND f.ends_at > reeve_now()), 0) AS wait
    FROM unnest(${keysOf(
      sql,
      counters.map(([counter]) => counter),
    )}, ${counters.map(([, { free }]) => free)}::int[],
      ${counters.map(([, { longest }]) => longest)}::int[]) WITH ORDINALITY AS due (key, free, longest, n) ORDER BY n`
  return rows.map(({ wait }) => wait)
}

export interface Reserved {
  /** Index of the first counter that has to wait, and its seconds; undefined if the attempt was counted. */
  refused: { index: number; wait: number } | undefined
  /** Including this attempt. */
  counts: number[]
}

/** Counts an attempt on every counter, or on none: see reserve_attempts in schema/12_attempts.sql. */
export async function reserveAttempts(sql: SystemSql, counters: readonly (readonly [Counter, Limit])[]): Promise<Reserved> {
  const [row] = await sql<{ refused: number | null; wait: number | null; counts: number[] | null }[]>`
    SELECT refused, wait, counts FROM reserve_attempts(${keysOf(
      sql,
      counters.map(([counter]) => counter),
    )},
      ${counters.map(([, { free }]) => free)}::int[], ${counters.map(([, { longest }]) => longest)}::int[],
      ${counters.map(([, { hours }]) => hours)}::int[])`
  const refused = row?.refused ? { index: row.refused - 1, wait: Math.max(row.wait ?? 0, 0.001) } : undefined
  return { refused, counts: row?.counts ?? [] }
}

/** Takes back attempts that were not failures. */
export async function releaseAttempts(sql: SystemSql, counters: readonly Counter[]): Promise<void> {
  await sql`SELECT return_attempts(${keysOf(sql, counters)})`
}

export async function forget(sql: SystemSql, counters: readonly Counter[]): Promise<void> {
  await sql`DELETE FROM failures WHERE key = ANY (${keysOf(sql, counters)}::bytea[])`
}

/** Marks a network as known for an email, for this many days. */
export async function addKnownNetwork(sql: SystemSql, pair: Counter, days: number): Promise<void> {
  await sql`SELECT know_place(${keyOf(sql, pair)}, ${days})`
}

export async function isKnownNetwork(sql: SystemSql, pair: Counter): Promise<boolean> {
  const [row] = await sql`SELECT FROM known_places WHERE key = ${keyOf(sql, pair)} AND ends_at > reeve_now()`
  return row !== undefined
}
