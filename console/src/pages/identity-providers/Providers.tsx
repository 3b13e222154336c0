/** Some identity providers with the button that adds one. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import type { IdentityProvider } from '../../api/types.ts'
import { EmptyState } from '../../components/states.tsx'
import { ProviderTable } from './ProviderTable.tsx'

const load = () => import('./AddProvider.tsx')
const AddProvider = lazy(load)
/** As many as the server takes. */
const MOST = 5

/** @param clientId account whose providers they are; null for the reseller's own */
export function useAdding(clientId: number | null, count: number, mayAdd = true): { button: ReactNode; dialog: ReactNode } {
  const { t } = useLingui()
  const [adding, setAdding] = useState(false)
  const full = count >= MOST
  return {
    button: mayAdd && (
      <Button
        disabled={full}
        title={full ? t`There are ${MOST}, which is the maximum. Delete one first.` : undefined}
        onPointerEnter={load}
        onClick={() => setAdding(true)}
      >
        <Trans>Add a provider</Trans>
      </Button>
    ),
    dialog: <Suspense>{adding && <AddProvider clientId={clientId} onClose={() => setAdding(false)} />}</Suspense>,
  }
}

export function Providers({ rows, text, button }: { rows: readonly IdentityProvider[]; text: ReactNode; button: ReactNode }) {
  const { t } = useLingui()
  if (rows.length > 0) return <ProviderTable label={t`Identity providers`} rows={rows} />
  return (
    <EmptyState title={t`No identity provider yet`} text={text}>
      {button}
    </EmptyState>
  )
}
