/** One row. Rows are recycled: what scrolls out on one side comes in on the other with other texts. */
// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be laid out on a scrollbar that is scaled
import { memo, type ReactNode } from 'react'
import type { Column, List } from './definition.ts'
import styles from './Grid.module.css'

interface Props<Row> {
  list: List<Row>
  columns: readonly Column<Row>[]
  row: Row | undefined
  index: number
  top: number
  isActive: boolean
  isSelected: boolean
  /** Two lines instead of columns. */
  isNarrow: boolean
  selectLabel: string
}

export const rowId = (index: number) => `row-${index}`

function RowView<Row>({ list, columns, row, index, top, isActive, isSelected, isNarrow, selectLabel }: Props<Row>) {
  const className = [
    styles.row,
    isActive && styles.active,
    isSelected && styles.selected,
    row !== undefined && list.isDimmed?.(row) && styles.dimmed,
  ]
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row (aria-activedescendant)
    <div
      role="row"
      id={rowId(index)}
      aria-rowindex={index + (isNarrow ? 1 : 2)}
      aria-selected={isSelected}
      data-index={index}
      className={className.filter(Boolean).join(' ')}
      style={{ top }}
    >
      <Cell className={styles.select} isSelect>
        {row !== undefined && (
          <input type="checkbox" tabIndex={-1} checked={isSelected} readOnly aria-label={`${selectLabel} ${list.nameOf(row)}`} />
        )}
      </Cell>
      {isNarrow ? (
        <Cell className={styles.lines}>{row === undefined ? <i className={styles.bone} /> : <Lines lines={list.lines(row)} />}</Cell>
      ) : (
        columns.map((column) => (
          <Cell key={column.id} className={column.end ? styles.end : undefined}>
            {row === undefined ? <i className={styles.bone} /> : column.cell(row)}
          </Cell>
        ))
      )}
    </div>
  )
}

const Lines = ({ lines: [first, second] }: { lines: [ReactNode, ReactNode] }) => (
  <>
    <span className={styles.line}>{first}</span>
    <span className={styles.line}>{second}</span>
  </>
)

function Cell({ className, isSelect, children }: { className?: string | undefined; isSelect?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: as the row
    <div role="gridcell" className={className ? `${styles.cell} ${className}` : styles.cell} data-select={isSelect}>
      {children}
    </div>
  )
}

export const GridRow = memo(RowView) as typeof RowView
