/** The services of an account: the status of each, since when, and what comes next. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { query } from '../../../api/client.ts'
import type { Service } from '../../../api/types.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Section } from '../../../components/Page.tsx'
import { Status } from '../../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../../components/states.tsx'
import { day, instant, utc } from '../../../lib/format.ts'
import { productName, statusName, statusTone } from '../../../lib/words.ts'
import type { Account } from '../account.ts'
import styles from '../client.module.css'
import { dayOf, inUse, optionOf } from './rules.ts'

const load = () => import('./ServiceDialog.tsx')
const ServiceDialog = lazy(load)

export default function Services({ account }: { account: Account }) {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(query('GET /iam/clients/{clientId}/services', { path: { clientId: account.id } }))
  const [editing, setEditing] = useState<number>()
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={6} />
  const isOffered = ({ name }: Service) => account.capabilities.includes(name)
  const settings: Column<Service> = {
    id: 'options',
    header: t`Settings`,
    cell: ({ options }) =>
      options.map(({ name, title, value }) => (
        <div key={name}>
          {title || name}: <bdi>{value}</bdi>
        </div>
      )),
    minor: true,
  }
  const columns: Column<Service>[] = [
    { id: 'product', header: t`Product`, cell: ({ name }) => <b>{productName(name)}</b> },
    { id: 'status', header: t`Status`, cell: ({ status }) => <Status tone={statusTone(status)}>{statusName(status)}</Status> },
    {
      id: 'since',
      header: t`Since`,
      cell: ({ status, previous_status, status_changed_at }) => (
        <>
          <Day at={status_changed_at} />
          {previous_status !== status && <div className={styles.muted}>{t`before: ${statusName(previous_status)}`}</div>}
        </>
      ),
      minor: true,
    },
    { id: 'next', header: t`What comes next`, cell: (service) => <Next service={service} isOffered={isOffered(service)} /> },
    { id: 'shown', header: t`In their console`, cell: ({ enabled }) => (enabled ? t`Shown` : t`Hidden`), minor: true },
    ...(data.some(({ options }) => options.length > 0) ? [settings] : []),
    {
      id: 'change',
      header: <VisuallyHidden>{t`Change`}</VisuallyHidden>,
      end: true,
      cell: ({ id, name }) =>
        account.mayChange && (
          <Button
            variant="default"
            size="compact-sm"
            aria-label={t`Change ${productName(name)}`}
            onPointerEnter={load}
            onClick={() => setEditing(id)}
          >
            <Trans>Change</Trans>
          </Button>
        ),
    },
  ]
  const edited = data.find(({ id }) => id === editing)
  return (
    <Section title={t`Services`} text={t`The status of the account follows from them.`}>
      <DataTable label={t`Services`} columns={columns} rows={data} rowKey={({ id }) => id} />
      {edited && (
        <Suspense>
          <ServiceDialog
            key={edited.id}
            service={edited}
            clientId={account.id}
            isOffered={isOffered(edited)}
            onClose={() => setEditing(undefined)}
          />
        </Suspense>
      )}
    </Section>
  )
}

function Next({ service, isOffered }: { service: Service; isOffered: boolean }) {
  const { status, start, deleted_date } = service
  const duration = optionOf(service)
  if (status === 'trial' && start && duration)
    return (
      <Trans>
        Trial ends <Day at={dayOf(start, duration.days)} />
      </Trans>
    )
  if (deleted_date)
    return (
      <Trans>
        Deleted <Day at={deleted_date} />
      </Trans>
    )
  if (!isOffered && !inUse.includes(status))
    return (
      <Trans>
        Cannot start before you{' '}
        <Link to="." search={{ tab: 'products' } as never}>
          make it available
        </Link>
      </Trans>
    )
  return '–'
}

/** The hour is not what these days are looked at for. */
const Day = ({ at }: { at: string | number }) => (
  <time dateTime={new Date(at).toISOString()} title={`${instant(at)} · ${utc(at)}`} className={styles.day}>
    {day(at)}
  </time>
)
