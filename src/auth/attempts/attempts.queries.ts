/** SQL of what is counted of attempts: by digests alone, for an email that was tried may be anything, and nobody's. */
import type { SystemSql } from '../../db/scope.ts'
import type { Fragment } from '../../lists/filters.ts'

/** What is counted, each by itself. */
export interface Counter {
  kind: string
  /** An address or, of a user's own counters, the user. */
  place: string
  email: string
}

export interface Limit {
  /** So many failures cost nothing; each one more a second, doubled each time. */
  free: number
  /** At longest, in seconds. */
  longest: number
  /** Failures are forgotten when there was none for so many hours. */
  hours: number
}

const keyOf = (sql: SystemSql, { kind, place, email }: Counter) => sql`failure_key(${kind}, ${place}, ${email})`

const keysOf = (sql: SystemSql, counters: readonly Counter[]): Fragment => sql`
  (SELECT coalesce(array_agg(failure_key(kind, place, email) ORDER BY n), '{}')
   FROM unnest(${counters.map(({ kind }) => kind)}::text[], ${counters.map(({ place }) => place)}::text[],
     ${counters.map(({ email }) => email)}::text[]) WITH ORDINALITY AS one (kind, place, email, n))`

/** How many seconds each of these is to wait, in their order. Takes nothing. */
export async function waits(sql: SystemSql, counters: readonly (readonly [Counter, Limit])[]): Promise<number[]> {
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
  /** The first that is to wait, from 0, and for how many seconds; undefined where all were taken. */
  refused: { index: number; wait: number } | undefined
  /** With this attempt. */
  counts: number[]
}

/** Takes an attempt of each, or of none: see reserve_attempts in schema/12_attempts.sql. */
export async function reserve(sql: SystemSql, counters: readonly (readonly [Counter, Limit])[]): Promise<Reserved> {
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

/** Those attempts were no failures. */
export async function giveBack(sql: SystemSql, counters: readonly Counter[]): Promise<void> {
  await sql`SELECT return_attempts(${keysOf(sql, counters)})`
}

export async function forget(sql: SystemSql, counters: readonly Counter[]): Promise<void> {
  await sql`DELETE FROM failures WHERE key = ANY (${keysOf(sql, counters)}::bytea[])`
}

/** Where somebody signs in it is known for so many days. */
export async function knowPlace(sql: SystemSql, pair: Counter, days: number): Promise<void> {
  await sql`SELECT know_place(${keyOf(sql, pair)}, ${days})`
}

export async function isKnownPlace(sql: SystemSql, pair: Counter): Promise<boolean> {
  const [row] = await sql`SELECT FROM known_places WHERE key = ${keyOf(sql, pair)} AND ends_at > reeve_now()`
  return row !== undefined
}
