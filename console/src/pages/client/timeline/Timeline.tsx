/** Everything that happened to the account, newest first: requests, sign-ins and changes of its status. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, Group } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type Answer, api } from '../../../api/client.ts'
import { Section } from '../../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../../components/states.tsx'
import type { Account } from '../account.ts'
import styles from '../client.module.css'
import { Entry } from './Entry.tsx'

const operation = 'GET /reeve/clients/{clientId}/timeline'
type Row = Answer<typeof operation>['results'][number]
const kinds: readonly Row['kind'][] = ['request', 'sign_in', 'status_change']

export default function Timeline({ account }: { account: Account }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as { kind?: string | string[] }
  const chosen = [search.kind ?? []].flat()
  const shown = kinds.filter((kind) => chosen.length === 0 || chosen.includes(kind))
  const path = { clientId: account.id }
  const { data, error, refetch, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['walk', operation, { path }],
    queryFn: ({ pageParam, signal }) => api(operation, { path, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } }, signal),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  })
  const names = { request: t`Requests`, sign_in: t`Sign-ins`, status_change: t`Changes of status` }
  const choose = (kind: Row['kind'], on: boolean) => {
    const next = kinds.filter((one) => (one === kind ? on : shown.includes(one)))
    const all = next.length === kinds.length || next.length === 0
    void navigate({ to: '.', search: { tab: 'timeline', ...(!all && { kind: [...next] }) } as never, replace: true, resetScroll: false })
  }
  const rows = data?.pages.flatMap(({ results }) => results) ?? []
  const visible = rows.filter(({ kind }) => shown.includes(kind))
  return (
    <Section
      title={t`Timeline`}
      actions={
        <Group gap="md" role="group" aria-label={t`What is shown`}>
          {kinds.map((kind) => (
            <Checkbox
              key={kind}
              label={names[kind]}
              checked={shown.includes(kind)}
              onChange={(event) => choose(kind, event.currentTarget.checked)}
            />
          ))}
        </Group>
      }
    >
      {isPending ? (
        <RowsSkeleton />
      ) : error && !data ? (
        <ErrorState error={error} retry={refetch} />
      ) : visible.length === 0 && !hasNextPage ? (
        <EmptyState title={t`Nothing has happened yet`} text={t`Changes to the account, sign-ins and changes of its status appear here.`} />
      ) : (
        <>
          <ol className={styles.list} aria-label={t`Timeline`}>
            {visible.map((row) => (
              <li key={`${row.kind} ${row.entry.id}`}>
                <Entry row={row} account={account} />
              </li>
            ))}
          </ol>
          {error && <ErrorState error={error} />}
          {hasNextPage && (
            <Button mt="md" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
              <Trans>Show more</Trans>
            </Button>
          )}
        </>
      )}
    </Section>
  )
}
