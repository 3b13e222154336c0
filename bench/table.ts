/** The table of results: what was done, the goal, the figure, what it is measured against, and whether the goal holds. As Markdown and as JSON. */

/** A bound on the figure, or on its ratio to the ceiling; with `or` either of two is enough. */
export interface Goal {
  of: 'figure' | 'ratio'
  least?: number
  most?: number
  or?: Goal
}

export interface Row {
  work: string
  /** Without one the row is there to be seen. */
  goal?: Goal
  figure: number
  unit: string
  /** What the same machine does at its best, or another figure to compare with. */
  ceiling?: { figure: number; what: string }
  /** What else is worth knowing: which case was the worst, how many there were. */
  remark?: string
  /** The same row of the other checkout of --compare. */
  other?: Row | undefined
}

export const atMost = (most: number): Goal => ({ of: 'figure', most })
export const atLeast = (least: number): Goal => ({ of: 'figure', least })
export const ratioAtMost = (most: number): Goal => ({ of: 'ratio', most })
export const ratioAtLeast = (least: number): Goal => ({ of: 'ratio', least })
export const either = (one: Goal, or: Goal): Goal => ({ ...one, or })

/** To the ceiling; of a row without one, to its goal. */
export function ratioOf({ figure, ceiling, goal }: Row): number | undefined {
  const against = ceiling?.figure ?? goal?.least ?? goal?.most
  return against ? figure / against : undefined
}

export type Verdict = 'holds' | 'within 25 %' | 'misses'

/** Undefined where the row has no goal. */
export function verdictOf(row: Row): Verdict | undefined {
  if (!row.goal) return undefined
  const short = shortfall(row, row.goal)
  return short <= 1 ? 'holds' : short <= 1.25 ? 'within 25 %' : 'misses'
}

/** By what factor the goal is missed; 1 or less where it holds. */
function shortfall(row: Row, { of, least, most, or }: Goal): number {
  const value = of === 'figure' ? row.figure : row.ceiling ? row.figure / row.ceiling.figure : Number.NaN
  const factor = least !== undefined ? least / value : most === 0 ? (value <= 0 ? 1 : Number.POSITIVE_INFINITY) : value / (most as number)
  const own = Number.isNaN(factor) ? Number.POSITIVE_INFINITY : factor
  return or ? Math.min(own, shortfall(row, or)) : own
}

/** What is less than this is how the machine felt. */
const NOTICEABLE = 1.1

/** How the figure stands to that of the other checkout. */
export function changeOf({ figure, unit, other }: Row): string {
  if (!other || !(figure > 0) || !(other.figure > 0)) return ''
  const more = figure / other.figure
  const better = /\/s$/.test(unit) ? more : 1 / more
  if (better < NOTICEABLE && better > 1 / NOTICEABLE) return 'as before'
  return better > 1 ? `${number(better)} × better` : `${number(1 / better)} × worse`
}

/** In Markdown, aligned, so that it reads as well on a terminal. */
export function printed(rows: Row[], other: string | undefined): string {
  const head = ['work', 'goal', 'figure', 'against', 'ratio', 'verdict', ...(other === undefined ? [] : ['before', 'change']), 'remark']
  const body = rows.map((row) => cells(row, other !== undefined))
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((line) => line[column]?.length ?? 0)))
  const line = (values: string[]) => `| ${values.map((value, column) => value.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), '', summed(rows)].join('\n')
}

function summed(rows: Row[]): string {
  const judged = rows.map(verdictOf).filter((one) => one !== undefined)
  const count = (verdict: Verdict) => judged.filter((one) => one === verdict).length
  return `Of ${judged.length} goals ${count('holds')} hold, ${count('within 25 %')} are within 25 %, ${count('misses')} are missed.`
}

function cells(row: Row, compared: boolean): string[] {
  const ratio = ratioOf(row)
  return [
    row.work,
    row.goal ? written(row.goal, row.unit) : '',
    withUnit(row, row.unit),
    row.ceiling ? withUnit(row.ceiling, row.unit) : '',
    ratio === undefined ? '' : `${ratio.toFixed(2)}${row.ceiling ? '' : ' of the goal'}`,
    verdictOf(row) ?? '',
    ...(compared ? [row.other ? withUnit(row.other, row.unit) : '', changeOf(row)] : []),
    [row.ceiling?.what, row.remark].filter(Boolean).join('; '),
  ]
}

const withUnit = ({ figure }: { figure: number }, unit: string) => `${number(figure)} ${unit}`

function written({ of, least, most, or }: Goal, unit: string): string {
  const sign = least === undefined ? '≤' : '≥'
  const own = of === 'ratio' ? `${sign} ${least ?? most} ×` : `${sign} ${number(least ?? most ?? 0)} ${unit}`
  return or ? `${own}, or ${written(or, unit)}` : own
}

export function number(value: number): string {
  if (Number.isNaN(value)) return '?'
  if (value === 0 || Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}

/** The rows for programs. */
export const asJson = (about: string[], rows: Row[]) =>
  `${JSON.stringify({ about, rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), verdict: verdictOf(row), change: changeOf(row) || undefined })) }, null, 2)}\n`
