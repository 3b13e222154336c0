/** A plain table for lists of some hundred rows. The list of accounts, which may have a million, has components/grid. */
import type { ReactNode } from 'react'
import styles from './DataTable.module.css'

export interface Column<Row> {
  /** Unique in the table. */
  id: string
  header: ReactNode
  cell(row: Row): ReactNode
  /** For numbers. */
  end?: boolean
  /** Hidden in narrow windows. */
  minor?: boolean
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey(row: Row): string | number
  /** Called when a row is clicked; the row's own links and buttons keep working. */
  onRow?: (row: Row) => void
}

export function DataTable<Row>({ label, columns, rows, rowKey, onRow }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={classOf(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className={onRow && styles.clickable}
              onClick={onRow && (({ target }) => (target as Element).closest('a,button,input,label') || onRow(row))}
            >
              {columns.map((column) => (
                <td key={column.id} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const classOf = ({ end, minor }: { end?: boolean; minor?: boolean }) => [end && styles.end, minor && styles.minor].filter(Boolean).join(' ')
