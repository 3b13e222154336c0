/** Changes to all selected accounts at once; the dialog is loaded when it is opened. */
import { Trans } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import type { Selected } from '../../components/grid/definition.ts'
import { loadTexts } from '../../lib/i18n.ts'

const load = () => import('../change-sets/BulkDialog.tsx')
const BulkDialog = lazy(async () => {
  const [dialog] = await Promise.all([load(), loadTexts('change-sets')])
  return dialog
})

export function ClientActions({ select, count, done }: { select: Selected; count: number; done(): void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button size="compact-sm" onPointerEnter={load} onClick={() => setOpen(true)}>
        <Trans>Change…</Trans>
      </Button>
      {isOpen && (
        <Suspense>
          <BulkDialog select={withoutAny(select)} count={count} onClose={() => setOpen(false)} onApplied={done} />
        </Suspense>
      )}
    </>
  )
}

/** Deleted accounts as well: in a change that is no filter at all. */
function withoutAny(select: Selected): Selected {
  if (!('filter' in select) || select.filter.deleted !== 'any') return select
  const { deleted: _, ...filter } = select.filter
  return { filter }
}
