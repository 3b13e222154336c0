/** A list of any length as an ARIA grid with one scrollbar. Only the rows in view are elements. The grid holds the focus and names the active row. */
// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be laid out on a scrollbar that is scaled
import { useLingui } from '@lingui/react/macro'
import type { CSSProperties, MouseEvent, PointerEvent } from 'react'
import type { Column, List } from './definition.ts'
import styles from './Grid.module.css'
import { Head, type Order } from './Head.tsx'
import { GridRow, rowId } from './Row.tsx'
import type { Rows } from './useRows.ts'
import type { Scrolling } from './useScroll.ts'
import type { Selection } from './useSelection.ts'

export const HEAD = 34
export const heights = { compact: 28, standard: 36, comfortable: 46, narrow: 58 }
const SELECT = 40

interface Props<Row> {
  list: List<Row>
  columns: readonly Column<Row>[]
  widths: readonly number[]
  rows: Rows<Row>
  scroll: Scrolling
  rowHeight: number
  isNarrow: boolean
  active: number
  selection: Selection
  orders: readonly Order[]
  onOrders(orders: Order[]): void
  onWidth(id: string, width: number, isDone: boolean): void
  /** A click on a row, or on its link. */
  onRow(index: number, how: { isLink: boolean }): void
  /** A click on the box of a row. */
  onSelect(index: number, isRange: boolean): void
  onSelectPage(): void
  onHover(index: number): void
}

export function Grid<Row>(props: Props<Row>) {
  const { list, columns, widths, rows, scroll, rowHeight, isNarrow, active, selection, orders } = props
  const { t } = useLingui()
  const { window } = scroll
  const count = rows.count ?? 0
  const drawn = count === 0 ? [] : Array.from({ length: window.to - window.from + 1 }, (_, index) => window.from + index)
  const isDrawn = active >= window.from && active <= window.to
  const style = {
    '--columns': isNarrow ? `${SELECT}px minmax(0, 1fr)` : `${SELECT}px ${widths.map((width) => `${width}px`).join(' ')} minmax(0, 1fr)`,
    '--row': `${rowHeight}px`,
  } as CSSProperties
  const wide = isNarrow ? 0 : SELECT + widths.reduce((sum, width) => sum + width, 0)
  const inView = drawn.filter((index) => index >= window.first && index <= window.last).map((index) => rows.at(index))
  const isPageSelected = inView.length > 0 && inView.every((row) => row !== undefined && selection.has(list.id(row)))

  function onClick(event: MouseEvent) {
    const target = event.target as Element
    const index = indexOf(target)
    if (index === undefined || event.defaultPrevented) return
    if (target.closest('[data-select]')) return props.onSelect(index, event.shiftKey)
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    const isLink = target.closest('a') !== null
    if (isLink) event.preventDefault()
    props.onRow(index, { isLink })
  }
  function onPointerOver({ target, pointerType }: PointerEvent) {
    const index = pointerType === 'mouse' ? indexOf(target as Element) : undefined
    if (index !== undefined) props.onHover(index)
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: useKeys listens to the document
    <div
      ref={scroll.scroller}
      role="grid"
      tabIndex={0}
      className={styles.grid}
      style={style}
      data-narrow={isNarrow || undefined}
      data-stale={rows.isStale || undefined}
      aria-label={list.label}
      aria-rowcount={count + (isNarrow ? 0 : 1)}
      aria-colcount={isNarrow ? 2 : columns.length + 1}
      aria-multiselectable="true"
      aria-busy={rows.isStale}
      aria-activedescendant={isDrawn && count > 0 ? rowId(active) : undefined}
      onScroll={scroll.onScroll}
      onClick={onClick}
      onPointerOver={onPointerOver}
    >
      <div role="presentation" className={styles.track} style={{ height: scroll.track, minWidth: wide }}>
        <div role="presentation" className={styles.view} style={{ height: scroll.view }}>
          {!isNarrow && (
            <Head
              columns={columns}
              widths={widths}
              orders={orders}
              onOrders={props.onOrders}
              onWidth={props.onWidth}
              isPageSelected={isPageSelected}
              onSelectPage={props.onSelectPage}
            />
          )}
          <div role="rowgroup" className={styles.body}>
            <div role="presentation" ref={scroll.layer} className={styles.layer}>
              {drawn.map((index) => {
                const row = rows.at(index)
                return (
                  <GridRow
                    key={index % scroll.pool}
                    list={list}
                    columns={columns}
                    row={row}
                    index={index}
                    top={(index - window.base) * rowHeight}
                    isActive={index === active}
                    isSelected={row !== undefined && selection.has(list.id(row))}
                    isNarrow={isNarrow}
                    selectLabel={t`Select`}
                  />
                )
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  )
}

function indexOf(target: Element): number | undefined {
  const row = target.closest<HTMLElement>('[data-index]')
  return row ? Number(row.dataset.index) : undefined
}
