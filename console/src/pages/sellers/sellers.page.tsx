/** The sellers of the reseller: invited, resent, blocked, deleted, and how many accounts each has. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, VisuallyHidden } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { ListedSeller } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Page } from '../../components/Page.tsx'
import { Pager } from '../../components/Pager.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { EmptyState, ErrorState, NotFound, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { UserActions } from '../../components/users/UserActions.tsx'
import { UserState } from '../../components/users/UserState.tsx'
import { useAct } from '../../lib/act.ts'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import styles from './sellers.module.css'

const load = () => import('./SellerDialog.tsx')
const SellerDialog = lazy(load)
const PAGE = 50

export default function SellersPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const navigate = useNavigate()
  const { q, deleted, offset } = useSearch({ strict: false }) as { q?: string; deleted?: string; offset?: string }
  const [editing, setEditing] = useState<ListedSeller | 'new'>()
  const { act } = useAct()
  const from = Number(offset) || 0
  // One field for what is typed: an address has an @, a name has none.
  const like = q === undefined ? {} : q.includes('@') ? { email: q } : { full_name: q }
  const { data, error, refetch } = useQuery({
    ...query('GET /reeve/sellers', {
      query: { ...like, ordering: 'full_name', limit: PAGE, offset: from, ...(deleted !== 'true' && { deleted: 'false' }) },
    }),
    placeholderData: keepPreviousData,
    enabled: isStaff(caller),
  })
  if (!isStaff(caller)) return <NotFound />
  const manages = caller.kind !== 'seller'

  const remove = async ({ id, email, full_name }: ListedSeller) => {
    const name = full_name || email
    const { count } = (await api('GET /iam/clients', { query: { seller_id: id, deleted: 'false', limit: 0 } })) as { count: number }
    const accounts = number(count)
    const yes = await confirm({
      title: t`Delete ${name}?`,
      text:
        count === 0
          ? t`No account is theirs. Their sessions and API tokens stop working at once.`
          : t`Accounts that are theirs: ${accounts}. They stay, without a seller, until you assign another. Their sessions and API tokens stop working at once.`,
      confirm: t`Delete the seller`,
      danger: true,
    })
    if (yes) await act(() => api('DELETE /iam/admin/sellers/{sellerId}', { path: { sellerId: id } }), t`${name} is deleted.`)
  }
  const columns: Column<ListedSeller>[] = [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ full_name, email }) => (
        <>
          <bdi>{full_name || email}</bdi>
          <div className={styles.muted}>
            <bdi>{email}</bdi>
          </div>
        </>
      ),
    },
    { id: 'phone', header: t`Phone`, cell: ({ phone }) => <bdi>{phone || '–'}</bdi>, minor: true },
    {
      id: 'state',
      header: t`Status`,
      cell: (seller) => (
        <>
          <UserState user={seller} />
          {!seller.activated && !seller.deleted && (
            <div className={styles.muted}>
              <Trans>
                invited <Time at={seller.invited_at ?? seller.date_joined} ago />
              </Trans>
            </div>
          )}
        </>
      ),
    },
    { id: 'accounts', header: t`Accounts`, cell: ({ id }) => <Accounts sellerId={id} />, end: true },
    { id: 'since', header: t`Since`, cell: ({ date_joined }) => <Time at={date_joined} />, minor: true },
    ...(caller.kind === 'platform'
      ? [{ id: 'reseller', header: t`Reseller`, cell: ({ reseller_name }: ListedSeller) => <bdi>{reseller_name}</bdi>, minor: true }]
      : []),
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (seller) =>
        manages &&
        !seller.deleted && (
          <UserActions
            user={{ ...seller, user_type: 'seller' }}
            more={[
              { label: t`Edit`, run: () => setEditing(seller) },
              { label: t`Delete`, danger: true, run: () => remove(seller) },
            ]}
          />
        ),
    },
  ]
  return (
    <Page
      title={t`Sellers`}
      text={t`A seller creates and manages accounts, and sees all accounts of the reseller.`}
      actions={
        manages && (
          <Button onPointerEnter={load} onClick={() => setEditing('new')}>
            <Trans>Invite a seller</Trans>
          </Button>
        )
      }
    >
      <div className={styles.bar}>
        <SearchInput name="q" label={t`Search by name or email`} />
        <Checkbox
          label={t`Show deleted`}
          checked={deleted === 'true'}
          onChange={(event) =>
            navigate({
              to: '.',
              search: { ...(q && { q }), ...(event.currentTarget.checked && { deleted: 'true' }) } as never,
              replace: true,
            })
          }
        />
      </div>
      {error && !data ? (
        <ErrorState error={error} retry={refetch} />
      ) : !data ? (
        <RowsSkeleton />
      ) : data.count === 0 ? (
        q ? (
          <EmptyState title={t`Nobody matches`} text={t`Search for a part of the name, or of the email with its @.`} />
        ) : (
          <EmptyState title={t`No sellers yet`} text={t`Invite one. They get a mail with a link to set a password.`} />
        )
      ) : (
        <>
          <DataTable label={t`Sellers`} columns={columns} rows={data.results} rowKey={({ id }) => id} />
          <Pager count={data.count} from={from} page={PAGE} shown={data.results.length} />
        </>
      )}
      {editing && (
        <Suspense>
          <SellerDialog seller={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
        </Suspense>
      )}
    </Page>
  )
}

function Accounts({ sellerId }: { sellerId: number }) {
  const { data } = useQuery(query('GET /iam/clients', { query: { seller_id: sellerId, deleted: 'false', limit: 0 } }))
  return (
    <Link to="/clients" search={{ seller_id: String(sellerId) }}>
      {data && 'count' in data ? number(data.count) : '…'}
    </Link>
  )
}
