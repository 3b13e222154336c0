/** A plain table for lists of some hundred rows. The list of accounts, which may have a million, has components/grid. */
import { useLingui } from '@lingui/react/macro'
import { ChevronDownIcon, ChevronRightIcon } from '@radix-ui/react-icons'
import { Fragment, type MouseEvent, type ReactNode, useId, useState } from 'react'
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

export interface Rows<Row> {
  /** What the table lists, for screen readers. */
  label: string
  columns: readonly Column<Row>[]
  rowKey(row: Row): string | number
  /** Called when a row is clicked; the row's own links and buttons keep working. */
  onRow?: (row: Row) => void
  /** What a row shows below itself once it is opened, which a click does then. */
  detail?: (row: Row) => ReactNode
}

export function DataTable<Row>({ label, columns, rows, rowKey, onRow, detail }: Rows<Row> & { rows: readonly Row[] }) {
  const { t } = useLingui()
  const id = useId()
  const [opened, setOpened] = useState<ReadonlySet<string | number>>(new Set())
  const toggle = (key: string | number) => setOpened(opened.has(key) ? opened.difference(new Set([key])) : opened.union(new Set([key])))
  const act = detail ? (row: Row) => toggle(rowKey(row)) : onRow
  const click = (row: Row) => (event: MouseEvent) => (event.target as Element).closest('a,button,input,label') || act?.(row)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {detail && (
              <th scope="col" className={styles.opener}>
                <span className={styles.hidden}>{t`Details`}</span>
              </th>
            )}
            {columns.map((column) => (
              <th key={column.id} scope="col" className={classOf(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = rowKey(row)
            const open = opened.has(key)
            return (
              <Fragment key={key}>
                <tr className={act && styles.clickable} data-open={open || undefined} onClick={act && click(row)}>
                  {detail && (
                    <td className={styles.opener}>
                      <button
                        type="button"
                        aria-label={t`Details`}
                        aria-expanded={open}
                        aria-controls={open ? `${id}-${key}` : undefined}
                        onClick={() => toggle(key)}
                      >
                        {open ? <ChevronDownIcon /> : <ChevronRightIcon />}
                      </button>
                    </td>
                  )}
                  {columns.map((column) => (
                    <td key={column.id} className={classOf(column)}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
                {detail && open && (
                  <tr className={styles.detail} id={`${id}-${key}`}>
                    <td colSpan={columns.length + 1}>{detail(row)}</td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

const classOf = ({ end, minor }: { end?: boolean; minor?: boolean }) => [end && styles.end, minor && styles.minor].filter(Boolean).join(' ')
