/** Saves what the list shows as CSV or NDJSON, as the server streams it: to a file where the browser can, else by way of memory. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { explain } from '../../lib/explain.ts'
import { number } from '../../lib/format.ts'
import { toast } from '../../lib/toast.ts'
import { Dialog } from '../Dialog.tsx'
import styles from './DisplayDialog.module.css'
import type { Option } from './definition.ts'
import { type Format, save } from './export.ts'
import { orderingOf, type View } from './useView.ts'

interface Props {
  name: string
  exports: { path: string; columns: readonly Option[] }
  view: View
  count: number
  /** Ids of the columns that the list shows. */
  shown: readonly string[]
  onClose(): void
}

export default function ExportDialog({ name, exports, view, count, shown, onClose }: Props) {
  const { t } = useLingui()
  const [format, setFormat] = useState<Format>('csv')
  const [areAll, setAll] = useState(false)
  const [progress, setProgress] = useState<{ rows: number; total: number }>()
  const [error, setError] = useState<unknown>()
  const controller = useRef<AbortController>(undefined)
  useEffect(() => () => controller.current?.abort(), [])
  const all = exports.columns.map(({ value }) => value)
  const columns = areAll ? all : shown.filter((id) => all.includes(id))
  async function start() {
    const mine = new AbortController()
    controller.current = mine
    setError(undefined)
    const ordering = orderingOf(view.orders)
    const query = {
      ...view.query,
      ...(ordering && { ordering }),
      format,
      columns: columns.join(','),
      ...(format === 'csv' && { bom: 'true' }),
    }
    try {
      setProgress({ rows: 0, total: count })
      const saved = await save(
        exports.path,
        query,
        `${name}-${new Date().toISOString().slice(0, 10)}.${format}`,
        format,
        mine.signal,
        (rows, total) => setProgress({ rows, total }),
      )
      if (saved === undefined) return setProgress(undefined)
      toast(t`${number(saved)} rows saved`)
      onClose()
    } catch (error) {
      setProgress(undefined)
      if (!mine.signal.aborted) setError(error)
    }
  }
  const rows = number(progress?.rows ?? 0)
  const total = number(progress?.total ?? count)
  return (
    <Dialog opened onClose={onClose} title={t`Export`} closeOnClickOutside={!progress}>
      <Stack gap="lg">
        <p>
          <Trans>{total} rows, with the filters and the order of the list.</Trans>
        </p>
        <fieldset className={styles.set} disabled={progress !== undefined}>
          <legend>{t`Format`}</legend>
          <label className={styles.choice}>
            <input type="radio" name="format" checked={format === 'csv'} onChange={() => setFormat('csv')} />
            {t`CSV, for spreadsheets`}
          </label>
          <label className={styles.choice}>
            <input type="radio" name="format" checked={format === 'ndjson'} onChange={() => setFormat('ndjson')} />
            {t`NDJSON, for programs: an object per line`}
          </label>
        </fieldset>
        <fieldset className={styles.set} disabled={progress !== undefined}>
          <legend>{t`Columns`}</legend>
          <label className={styles.choice}>
            <input type="radio" name="columns" checked={!areAll} onChange={() => setAll(false)} />
            {t`As in the list`}
          </label>
          <label className={styles.choice}>
            <input type="radio" name="columns" checked={areAll} onChange={() => setAll(true)} />
            {t`All columns`}
          </label>
        </fieldset>
        {progress && (
          <div role="status">
            <progress className={styles.progress} max={Math.max(1, progress.total)} value={progress.rows} aria-label={t`Export`} />
            <Trans>
              {rows} of {total}
            </Trans>
          </div>
        )}
        {error !== undefined && <p role="alert">{explain(error)}</p>}
        <Group justify="flex-end">
          <Button variant="default" onClick={progress ? () => controller.current?.abort() : onClose}>{t`Cancel`}</Button>
          <Button onClick={start} loading={progress !== undefined} disabled={columns.length === 0}>{t`Export`}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
