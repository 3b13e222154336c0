/** The resellers, for the platform's operators: create, rename, delete and restore them, with their numbers. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { type Filter, Filters, useFilters } from '../../components/filters/Filters.tsx'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useCaller } from '../../lib/caller.ts'
import { ResellerDetail } from './ResellerDetail.tsx'

const ResellerDialog = lazy(() => import('./ResellerDialog.tsx'))
const PAGE = 100

export type Reseller = Answer<'GET /reeve/resellers'>['results'][number]

export default function ResellersPage() {
  const { t } = useLingui()
  const { kind } = useCaller()
  const [edited, setEdited] = useState<Reseller | 'new'>()
  if (kind !== 'platform')
    return (
      <Page title={t`Resellers`}>
        <EmptyState title={t`Only the platform’s operators manage resellers`} />
      </Page>
    )
  return (
    <Page
      title={t`Resellers`}
      text={t`Each has its own brand, sellers and accounts, and sees nothing of the others.`}
      actions={
        <Button onClick={() => setEdited('new')}>
          <Trans>Create reseller</Trans>
        </Button>
      }
    >
      <Resellers onRename={setEdited} />
      {edited && (
        <Suspense>
          <ResellerDialog reseller={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
        </Suspense>
      )}
    </Page>
  )
}

function Resellers({ onRename }: { onRename(reseller: Reseller): void }) {
  const { t } = useLingui()
  const filters: Filter[] = [
    { name: 'name', label: t`Name contains`, kind: 'text' },
    { name: 'deleted', label: t`State`, kind: 'choice', choices: { false: t`Live`, true: t`Deleted` } },
  ]
  const query = useFilters(filters)
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['GET /reeve/resellers', query],
    queryFn: ({ pageParam: offset, signal }) => api('GET /reeve/resellers', { query: { limit: PAGE, offset, ...query } }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ next }, pages) => (next === null ? undefined : pages.length * PAGE),
    placeholderData: keepPreviousData,
  })
  const rows = data?.pages.flatMap(({ results }) => results)
  return (
    <>
      <Filters filters={filters} />
      {error && !rows ? (
        <ErrorState error={error} retry={refetch} />
      ) : !rows ? (
        <RowsSkeleton />
      ) : rows.length === 0 ? (
        <EmptyState title={t`Nothing matches these filters`} text={t`Remove a filter to see more.`} />
      ) : (
        <DataTable
          label={t`Resellers`}
          rows={rows}
          rowKey={({ id }) => id}
          detail={(reseller) => <ResellerDetail reseller={reseller} onRename={() => onRename(reseller)} />}
          columns={[
            { id: 'id', header: t`Number`, cell: ({ id }) => id, minor: true },
            {
              id: 'name',
              header: t`Name`,
              cell: ({ name, technical_client_id }) => (
                <Link to="/clients/$clientId" params={{ clientId: String(technical_client_id) }}>
                  <bdi>{name}</bdi>
                </Link>
              ),
            },
            { id: 'email', header: t`Email`, cell: ({ email }) => <bdi>{email}</bdi> },
            { id: 'created', header: t`Created`, cell: ({ created_at }) => <Time at={created_at} />, minor: true },
            { id: 'state', header: t`State`, cell: (reseller) => <ResellerState reseller={reseller} /> },
          ]}
        />
      )}
      {hasNextPage && (
        <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          <Trans>Show more</Trans>
        </Button>
      )}
    </>
  )
}

function ResellerState({ reseller: { deleted, is_platform } }: { reseller: Reseller }) {
  const { t } = useLingui()
  if (deleted) return <Status tone="bad">{t`Deleted`}</Status>
  return is_platform ? <Status tone="info">{t`Platform`}</Status> : <Status tone="good">{t`Live`}</Status>
}
