/** Saves results as CSV, which the browser makes of the pages of the list. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { saveBody } from '../../components/grid/export.ts'
import { explain } from '../../lib/explain.ts'
import { number } from '../../lib/format.ts'
import { toast } from '../../lib/toast.ts'
import { csvOf } from './csv.ts'
import type { Outcome } from './words.ts'

/** The most results that the server gives at once. */
const PAGE = 1000

interface Props {
  id: number
  /** All if left out. */
  outcome?: Outcome
  total: number
}

export function Download({ id, outcome, total }: Props) {
  const { t } = useLingui()
  const [saved, setSaved] = useState<number>()
  const controller = useRef<AbortController>(undefined)
  useEffect(() => () => controller.current?.abort(), [])
  const label = outcome === 'refused' ? t`Download those refused` : t`Download all`

  async function save() {
    const mine = new AbortController()
    controller.current = mine
    setSaved(0)
    let count = 0
    const read = (cursor: string | undefined) => {
      const query = { limit: PAGE, ...(outcome && { outcome }), ...(cursor !== undefined && { cursor }) }
      return api('GET /reeve/change_sets/{changeSetId}/results', { path: { changeSetId: id }, query }, mine.signal)
    }
    const told = (rows: number) => {
      count = rows
      setSaved(rows)
    }
    try {
      const name = `change-set-${id}${outcome ? `-${outcome}` : ''}.csv`
      const isSaved = await saveBody(name, 'csv', mine.signal, async () => csvOf(read, told))
      if (isSaved) toast(t`${number(count)} rows saved`)
    } catch (error) {
      if (!mine.signal.aborted) toast(explain(error), { kind: 'failed' })
    } finally {
      setSaved(undefined)
    }
  }
  if (saved === undefined)
    return (
      <Button variant="default" size="compact-sm" onClick={save}>
        {label}
      </Button>
    )
  const done = number(saved)
  const all = number(total)
  return (
    <Button variant="default" size="compact-sm" onClick={() => controller.current?.abort()}>
      <Trans>
        Cancel, {done} of {all}
      </Trans>
    </Button>
  )
}
