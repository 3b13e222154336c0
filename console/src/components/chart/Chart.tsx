/** Numbers by day as a chart, and as a table for whoever cannot see it or wants the numbers. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Skeleton, VisuallyHidden } from '@mantine/core'
import { lazy, Suspense, useId, useState } from 'react'
import { day, number } from '../../lib/format.ts'
import { DataTable } from '../DataTable.tsx'
import styles from './Chart.module.css'

const Plot = lazy(() => import('./Plot.tsx'))
export const HEIGHT = 220

export interface Series {
  id: string
  label: string
  values: readonly number[]
  /** A variable of styles.css, such as `--good`. */
  colour: string
  /** Tells lines apart without their colour. */
  dash?: 'solid' | 'dashed' | 'dotted'
}

interface Props {
  label: string
  /** `2026-11-28`, oldest first. */
  days: readonly string[]
  series: readonly Series[]
  /** `bars` stand on top of each other, the first series below. */
  kind: 'lines' | 'bars'
}

export function Chart({ label, days, series, kind }: Props) {
  const { t } = useLingui()
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const [pointed, setPointed] = useState<number>()
  const at = pointed ?? days.length - 1
  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <figcaption className={styles.caption}>
        <VisuallyHidden id={id}>
          {label}.{' '}
          {series.map(({ label: name, values }) => t`${name}: from ${number(values[0] ?? 0)} to ${number(values.at(-1) ?? 0)}.`).join(' ')}
        </VisuallyHidden>
        <ul className={styles.legend} aria-hidden="true">
          <li className={styles.day}>{day(`${days[at]}T12:00:00Z`)}</li>
          {series.map(({ id: key, label: name, values, colour, dash = 'solid' }) => (
            <li key={key}>
              <span className={kind === 'bars' ? styles.bar : styles.line} style={{ color: `var(${colour})`, borderTopStyle: dash }} />
              {name} <b>{number(values[at] ?? 0)}</b>
            </li>
          ))}
        </ul>
        <Button size="compact-xs" variant="subtle" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? <Trans>Show as chart</Trans> : <Trans>Show as table</Trans>}
        </Button>
      </figcaption>
      {asTable ? (
        <div className={styles.table}>
          <DataTable
            label={label}
            rows={rowsOf(days)}
            rowKey={({ one }) => one}
            columns={[
              { id: 'day', header: t`Day`, cell: ({ one }: Row) => day(`${one}T12:00:00Z`) },
              ...series.map(({ id: key, label: name, values }) => ({
                id: key,
                header: name,
                end: true,
                cell: ({ index }: Row) => number(values[index] ?? 0),
              })),
            ]}
          />
        </div>
      ) : (
        <div aria-hidden="true">
          <Suspense fallback={<Skeleton height={HEIGHT} />}>
            <Plot days={days} series={series} kind={kind} onPoint={setPointed} />
          </Suspense>
        </div>
      )}
    </figure>
  )
}

interface Row {
  one: string
  index: number
}
/** The latest day first. */
const rowsOf = (days: readonly string[]): Row[] => days.map((one, index) => ({ one, index })).reverse()
