/** The names of the columns: a click orders by one, with Shift by one more; the edge, or Shift with an arrow, changes the width. */
// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be laid out on a scrollbar that is scaled
import { useLingui } from '@lingui/react/macro'
import type { PointerEvent } from 'react'
import type { Column } from './definition.ts'
import styles from './Grid.module.css'

export interface Order {
  field: string
  descends: boolean
}

export const WIDTHS = { least: 56, most: 800 }
const within = (width: number) => Math.round(Math.min(Math.max(width, WIDTHS.least), WIDTHS.most))

interface Props<Row> {
  columns: readonly Column<Row>[]
  widths: readonly number[]
  orders: readonly Order[]
  onOrders(orders: Order[]): void
  /** `isDone` is false while the edge is dragged. */
  onWidth(id: string, width: number, isDone: boolean): void
  isPageSelected: boolean
  onSelectPage(): void
}

export function Head<Row>({ columns, widths, orders, onOrders, onWidth, isPageSelected, onSelectPage }: Props<Row>) {
  const { t } = useLingui()
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons are focused
    <div role="row" aria-rowindex={1} className={styles.head}>
      {/* biome-ignore lint/a11y/useFocusableInteractive: its checkbox is focused */}
      <div role="columnheader" className={`${styles.cell} ${styles.select}`}>
        <input type="checkbox" checked={isPageSelected} onChange={onSelectPage} aria-label={t`Select the rows in view`} />
      </div>
      {columns.map(({ id, label, sort, end }, index) => {
        const width = widths[index] ?? WIDTHS.least
        const place = orders.findIndex(({ field }) => field === sort)
        const order = orders[place]
        const direction = order && (order.descends ? 'descending' : 'ascending')
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: its button is focused
          <div
            key={id}
            role="columnheader"
            aria-sort={place === 0 ? direction : undefined}
            className={`${styles.cell} ${end ? styles.end : ''}`}
          >
            <button
              type="button"
              className={styles.label}
              data-sortable={sort !== undefined}
              title={label}
              onClick={({ shiftKey }) => sort !== undefined && onOrders(nextOrders(orders, sort, shiftKey))}
              onKeyDown={(event) => {
                if (!event.shiftKey || !event.key.startsWith('Arrow')) return
                event.stopPropagation()
                if (event.key === 'ArrowLeft') onWidth(id, within(width - 16), true)
                if (event.key === 'ArrowRight') onWidth(id, within(width + 16), true)
              }}
            >
              <span>{label}</span>
              {direction && <span aria-hidden="true">{direction === 'descending' ? '↓' : '↑'}</span>}
              {order && orders.length > 1 && <small>{place + 1}</small>}
            </button>
            <span
              className={styles.edge}
              aria-hidden="true"
              onPointerDown={(event) => drag(event, width, (to, done) => onWidth(id, to, done))}
            />
          </div>
        )
      })}
    </div>
  )
}

/** Ascending, descending, not at all; with `adds` beside the other orders. */
export function nextOrders(orders: readonly Order[], field: string, adds: boolean): Order[] {
  const known = orders.find((one) => one.field === field)
  const next = known === undefined ? [{ field, descends: false }] : known.descends ? [] : [{ field, descends: true }]
  if (!adds) return next
  if (known === undefined) return [...orders, ...next]
  return orders.flatMap((one) => (one === known ? next : [one]))
}

function drag(event: PointerEvent<HTMLElement>, width: number, onWidth: (width: number, isDone: boolean) => void) {
  event.preventDefault()
  const { currentTarget: edge, clientX, pointerId } = event
  edge.setPointerCapture(pointerId)
  let to = width
  const move = (next: globalThis.PointerEvent) => {
    to = within(width + next.clientX - clientX)
    onWidth(to, false)
  }
  edge.addEventListener('pointermove', move)
  edge.addEventListener(
    'lostpointercapture',
    () => {
      edge.removeEventListener('pointermove', move)
      onWidth(to, true)
    },
    { once: true },
  )
}
