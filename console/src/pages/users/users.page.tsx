/** All users that staff may see, in order of id, and what can be done to each. */
import { useLingui } from '@lingui/react/macro'
import { VisuallyHidden } from '@mantine/core'
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { query } from '../../api/client.ts'
import type { User } from '../../api/types.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Page } from '../../components/Page.tsx'
import { Pager } from '../../components/Pager.tsx'
import { SearchInput } from '../../components/SearchInput.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState, ErrorState, NotFound, RowsSkeleton } from '../../components/states.tsx'
import { UserActions } from '../../components/users/UserActions.tsx'
import { UserState } from '../../components/users/UserState.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import { roleName, userTypeName } from '../../lib/words.ts'
import styles from './users.module.css'

const PAGE = 50

export default function UsersPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const { q, offset } = useSearch({ strict: false }) as { q?: string; offset?: string }
  if (!isStaff(caller)) return <NotFound />
  return (
    <Page title={t`Users`} text={t`Everybody in your accounts, in order of id, your own staff included.`}>
      <div className={styles.bar}>
        <SearchInput name="q" label={t`Search by id, name or email`} />
      </div>
      {q ? <Found q={q} /> : <All from={Number(offset) || 0} />}
    </Page>
  )
}

function All({ from }: { from: number }) {
  const { data, error, refetch } = useQuery({
    ...query('GET /iam/users', { query: { limit: PAGE, offset: from } }),
    placeholderData: keepPreviousData,
  })
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={12} />
  return (
    <>
      <Table users={data.results} />
      <Pager count={data.count} from={from} page={PAGE} shown={data.results.length} />
    </>
  )
}

/** The server's search names the best matches; the users themselves are read one by one. */
function Found({ q }: { q: string }) {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery({ ...query('GET /reeve/search', { query: { q } }), placeholderData: keepPreviousData })
  const ids = [...(data?.users ?? []), ...(data?.sellers ?? [])].map(({ id }) => id)
  const users = useQueries({
    queries: [...new Set(ids)].map((userId) => query('GET /iam/users/{userId}', { path: { userId } })),
    combine: (results) => (results.some(({ isPending }) => isPending) ? undefined : results.flatMap(({ data: user }) => user ?? [])),
  })
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data || !users) return <RowsSkeleton rows={3} />
  if (users.length === 0)
    return <EmptyState title={t`Nobody matches`} text={t`Search for an id, or for three letters or more of a name or an email.`} />
  const found = number(users.length)
  return (
    <>
      <Table users={users} />
      <p className={styles.muted} role="status">{t`The best matches: ${found}. Type more of the name or email to find others.`}</p>
    </>
  )
}

function Table({ users }: { users: readonly User[] }) {
  const { t } = useLingui()
  const caller = useCaller()
  const manages = ({ id, user_type }: User) => id !== caller.user_id && (caller.kind !== 'seller' || user_type === 'common')
  const columns: Column<User>[] = [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ name, email }) => (
        <>
          <bdi>{name || email}</bdi>
          {name && (
            <div className={styles.muted}>
              <bdi>{email}</bdi>
            </div>
          )}
        </>
      ),
    },
    {
      id: 'accounts',
      header: t`Account`,
      cell: ({ client, company, client_and_roles }) => (
        <>
          <Link to="/clients/$clientId" params={{ clientId: String(client) }}>
            <bdi>{company || client}</bdi>
          </Link>
          {client_and_roles.length > 1 && <div className={styles.muted}>{t`and ${client_and_roles.length - 1} more`}</div>}
        </>
      ),
    },
    { id: 'state', header: t`Status`, cell: (user) => <UserState user={user} /> },
    {
      id: 'role',
      header: t`Role`,
      cell: ({ user_type, groups }) => (user_type === 'common' ? roleName(groups[0]?.name) : userTypeName(user_type)),
      minor: true,
    },
    {
      id: 'two-step',
      header: t`Two-step`,
      cell: ({ two_fa }) => <Status tone={two_fa ? 'good' : 'quiet'}>{two_fa ? t`On` : t`Off`}</Status>,
      minor: true,
    },
    { id: 'id', header: t`Id`, cell: ({ id }) => <span className={styles.id}>{id}</span>, end: true, minor: true },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (user) => manages(user) && !user.deleted && <UserActions user={user} clientId={user.client} />,
    },
  ]
  return <DataTable label={t`Users`} columns={columns} rows={users} rowKey={({ id }) => id} />
}
