/** What a round did to the writers, and the table of all rounds. */
import type { Writer } from './writers.ts'

export interface Figures {
  round: number
  kind: string
  acknowledged: number
  /** Seconds without any acknowledged write, at most. */
  stopped: number
  /** Seconds from the promotion of another primary to its first acknowledged write. */
  promoted: number | undefined
  /** Seconds until all three machines stream again, from the return of what was lost. */
  whole: number
  /** Answers that are no success, by status; `closed` is a connection that ended without one. */
  statuses: Record<string, number>
  /** The most of them that one writer got, and what they said. */
  most: number
  bodies: string[]
  lost: number
}

/** How far the writers had come when the round began. */
export const markOf = (writers: Writer[]) => ({
  at: performance.now(),
  of: writers.map(({ acknowledged, refused }) => ({ done: acknowledged.length, refused: refused.length })),
})
export type Mark = ReturnType<typeof markOf>

/** Times of all acknowledgements since the mark, in order. */
export const timesSince = (writers: Writer[], mark: Mark) =>
  writers.flatMap(({ at }, n) => at.slice(mark.of[n]?.done)).sort((a, b) => a - b)

/** The longest time without one, in seconds. */
export const longestGap = (times: number[], mark: Mark) =>
  times.reduce((most, at, n) => Math.max(most, (at - (times[n - 1] ?? mark.at)) / 1000), 0)

const seconds = (value: number | undefined, digits = 1) => (value === undefined ? '' : value.toFixed(digits))

const columns: [title: string, value: (one: Figures) => string | number][] = [
  ['round', ({ round }) => round],
  ['kind', ({ kind }) => kind],
  ['acknowledged', ({ acknowledged }) => acknowledged],
  ['lost', ({ lost }) => lost],
  ['stopped s', ({ stopped }) => seconds(stopped)],
  ['after promotion s', ({ promoted }) => seconds(promoted, 2)],
  ['whole s', ({ whole }) => seconds(whole)],
  [
    'refused',
    ({ statuses }) =>
      Object.entries(statuses)
        .map(([status, n]) => `${n} × ${status}`)
        .join(', ') || '0',
  ],
  ['a writer at most', ({ most }) => most],
]

export const header = () => columns.map(([title]) => title).join(' | ')
export const line = (one: Figures) => columns.map(([, value]) => value(one)).join(' | ')

/** By kind: minimum, median and maximum, as a table of docs/high-availability.md. */
export function summary(all: Figures[], titleOf: (kind: string) => string): string[] {
  const of = (rows: Figures[], value: (one: Figures) => number | undefined, digits = 1) => {
    const values = rows
      .map(value)
      .filter((one) => one !== undefined)
      .sort((a, b) => a - b)
    if (values.length === 0) return ''
    return [values[0], values[values.length >> 1], values.at(-1)].map((one) => seconds(one, digits)).join(' / ')
  }
  const kinds = [...new Set(all.map(({ kind }) => kind))]
  return [
    '| kind | rounds | acknowledged | lost | stopped s | after promotion s | whole s | refused | a writer at most |',
    '|---|---|---|---|---|---|---|---|---|',
    ...kinds.map((kind) => {
      const rows = all.filter((one) => one.kind === kind)
      const sum = (value: (one: Figures) => number) => rows.reduce((total, one) => total + value(one), 0)
      const statuses = new Map<string, number>()
      for (const one of rows) for (const [status, n] of Object.entries(one.statuses)) statuses.set(status, (statuses.get(status) ?? 0) + n)
      const refused = [...statuses].map(([status, n]) => `${n} × ${status}`).join(', ') || '0'
      return `| ${[
        titleOf(kind),
        rows.length,
        sum(({ acknowledged }) => acknowledged),
        sum(({ lost }) => lost),
        of(rows, ({ stopped }) => stopped),
        of(rows, ({ promoted }) => promoted, 2),
        of(rows, ({ whole }) => whole),
        refused,
        Math.max(...rows.map(({ most }) => most)),
      ].join(' | ')} |`
    }),
  ]
}
