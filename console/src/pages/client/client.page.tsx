/** One account: who it is, what it may use, who is in it, and what happened to it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense } from 'react'
import { query } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { Copy } from '../../components/Copy.tsx'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, PageSkeleton, RowsSkeleton } from '../../components/states.tsx'
import { type Tab, Tabs, useTab } from '../../components/Tabs.tsx'
import { LogInAs } from '../../components/users/LogInAs.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { loadTexts } from '../../lib/i18n.ts'
import { statusName, statusTone } from '../../lib/words.ts'
import type { Account } from './account.ts'
import styles from './client.module.css'
import { Gone } from './Gone.tsx'

const parts: Record<string, ComponentType<{ account: Account }>> = {
  overview: lazy(() => import('./overview/Overview.tsx')),
  services: lazy(() => import('./services/Services.tsx')),
  products: lazy(() => import('./Products.tsx')),
  features: lazy(() => import('./Features.tsx')),
  people: lazy(() => import('./people/People.tsx')),
  tokens: lazy(() => import('./Tokens.tsx')),
  'single-sign-on': lazy(async () => {
    const [part] = await Promise.all([import('../identity-providers/OfAccount.tsx'), loadTexts('identity-providers')])
    return part
  }),
  hostnames: lazy(() => import('./Hostnames.tsx')),
  timeline: lazy(() => import('./timeline/Timeline.tsx')),
  deletion: lazy(() => import('./Deletion.tsx')),
}

export default function ClientPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const { clientId = '' } = useParams({ strict: false })
  const id = /^[1-9]\d{0,14}$/.test(clientId) ? Number(clientId) : 0
  const path = { clientId: id }
  const client = useQuery({ ...query('GET /iam/clients/{clientId}', { path }), enabled: id > 0 })
  const details = useQuery({ ...query('GET /reeve/clients/{clientId}', { path }), enabled: id > 0 })
  const tabs: Tab[] = [
    { id: 'overview', label: <Trans>Overview</Trans> },
    { id: 'services', label: <Trans>Services</Trans> },
    { id: 'products', label: <Trans>Products</Trans> },
    { id: 'features', label: <Trans>Features</Trans> },
    { id: 'people', label: <Trans>People</Trans> },
    { id: 'tokens', label: <Trans>API tokens</Trans> },
    ...(caller.kind === 'seller' ? [] : [{ id: 'single-sign-on', label: <Trans>Single sign-on</Trans> }]),
    { id: 'hostnames', label: <Trans>Hostnames</Trans> },
    { id: 'timeline', label: <Trans>Timeline</Trans> },
    { id: 'deletion', label: <Trans>Deletion</Trans> },
  ]
  const tab = useTab(tabs)
  const error = client.error ?? details.error
  if (id === 0 || !isStaff(caller) || (error instanceof ApiError && error.status === 404)) return <Gone id={clientId} />
  if (error && !(client.data && details.data))
    return <ErrorState error={error} retry={() => void Promise.all([client.refetch(), details.refetch()])} />
  if (!client.data || !details.data) return <PageSkeleton />

  const account: Account = { ...client.data, details: details.data, mayChange: mayChange(caller.kind, client.data) }
  const name = account.companyName || account.email
  const Part = parts[tab] as ComponentType<{ account: Account }>
  const isLive = !account.deleted && account.has_active_admin
  return (
    <Page
      title={name}
      text={
        <span className={styles.identity}>
          <Status tone={account.deleted ? 'bad' : statusTone(account.status)}>
            {account.deleted ? t`Deleted` : statusName(account.status)}
          </Status>
          {account.is_test && <Status tone="quiet">{t`Test account`}</Status>}
          {account.details.deletion_requested_at && !account.deleted && <Status tone="warn">{t`Deletion requested`}</Status>}
          <Copy value={String(account.id)} label={t`the id`} />
          <Copy value={account.email} label={t`the email`} />
        </span>
      }
      actions={isLive && account.client_type !== 'reseller' && <LogInAs whom={{ name, clientId: account.id }} />}
    >
      <Tabs label={t`Parts of the account`} tabs={tabs} />
      <Suspense fallback={<RowsSkeleton />}>
        <Part key={account.id} account={account} />
      </Suspense>
    </Page>
  )
}

/** The reseller's own account is for its staff to change, not for sellers; of a deleted one nothing but its deletion can be changed. */
const mayChange = (kind: string, { deleted, client_type }: { deleted: boolean; client_type: string }) =>
  !deleted && (kind !== 'seller' || client_type !== 'reseller')
