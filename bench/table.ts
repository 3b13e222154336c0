/** The table of results: what was done, the goal, the figure, the ceiling of this machine and whether the goal holds. */

/** A bound on the figure, or on its ratio to the ceiling. */
export interface Goal {
  of: 'figure' | 'ratio'
  least?: number
  most?: number
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
  /** The figure of the other commit of --compare. */
  other?: number | undefined
}

export const atMost = (most: number): Goal => ({ of: 'figure', most })
export const atLeast = (least: number): Goal => ({ of: 'figure', least })
export const ratioAtMost = (most: number): Goal => ({ of: 'ratio', most })
export const ratioAtLeast = (least: number): Goal => ({ of: 'ratio', least })

const ratioOf = ({ figure, ceiling }: Row) => (ceiling ? figure / ceiling.figure : undefined)

/** Undefined where the row has no goal. */
export function holds(row: Row): boolean | undefined {
  if (!row.goal) return undefined
  const value = row.goal.of === 'figure' ? row.figure : (ratioOf(row) ?? Number.NaN)
  const { least, most } = row.goal
  return (least === undefined || value >= least) && (most === undefined || value <= most)
}

/** In Markdown, aligned, so that it reads as well on a terminal. */
export function printed(rows: Row[], other: string | undefined): string {
  const head = ['work', 'goal', 'figure', 'ceiling', 'ratio', 'holds', ...(other === undefined ? [] : [`at ${other}`]), 'remark']
  const body = rows.map((row) => cells(row, other !== undefined))
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((line) => line[column]?.length ?? 0)))
  const line = (values: string[]) => `| ${values.map((value, column) => value.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const judged = rows.map(holds).filter((one) => one !== undefined)
  return [
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...body.map(line),
    '',
    `${judged.filter((one) => one).length} of ${judged.length} goals hold.`,
  ].join('\n')
}

function cells(row: Row, compared: boolean): string[] {
  const ratio = ratioOf(row)
  const verdict = holds(row)
  return [
    row.work,
    row.goal ? written(row.goal, row.unit) : '',
    `${number(row.figure)} ${row.unit}`,
    row.ceiling ? `${number(row.ceiling.figure)} ${row.unit}` : '',
    ratio === undefined ? '' : ratio.toFixed(2),
    verdict === undefined ? '' : verdict ? 'yes' : 'NO',
    ...(compared ? [row.other === undefined ? '' : `${number(row.other)} ${row.unit}`] : []),
    [row.ceiling?.what, row.remark].filter(Boolean).join('; '),
  ]
}

function written({ of, least, most }: Goal, unit: string) {
  const sign = least === undefined ? '≤' : '≥'
  return of === 'ratio' ? `${sign} ${least ?? most} ×` : `${sign} ${number(least ?? most ?? 0)} ${unit}`
}

export function number(value: number): string {
  if (Number.isNaN(value)) return '?'
  if (value === 0 || Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}
