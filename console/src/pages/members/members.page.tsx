/** The people of the account. Administrators invite, change roles and revoke access; anybody else sees only themselves. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { query } from '../../api/client.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { isAdministrator, useCaller } from '../../lib/caller.ts'
import { useMemberColumns } from './columns.tsx'

const InviteDialog = lazy(() => import('./InviteDialog.tsx'))
const list = query('GET /iam/users', {})

/** From this many people on the list can be searched. */
const MANY = 10

export default function MembersPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const administrates = isAdministrator(caller)
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(list)
  const [invites, setInvites] = useState(false)
  const [sought, setSought] = useState('')
  const refresh = () => queries.invalidateQueries({ queryKey: list.queryKey })
  const people = data?.results ?? []
  const columns = useMemberColumns({ people, administrates, refresh })
  const matches = people.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(sought.trim().toLowerCase()))

  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton />
    if (matches.length === 0) return <EmptyState title={t`Nobody matches “${sought}”.`} />
    return <DataTable label={t`People`} columns={columns} rows={matches} rowKey={({ id }) => id} />
  }
  return (
    <Page
      title={t`People`}
      text={
        administrates ? (
          <Trans>Who has access to this account. An account keeps at least one Administrator who can sign in.</Trans>
        ) : (
          <Trans>Only Administrators see the other people of this account, invite them and change their roles.</Trans>
        )
      }
      actions={
        administrates && (
          <Button onClick={() => setInvites(true)}>
            <Trans>Invite</Trans>
          </Button>
        )
      }
    >
      {people.length > MANY && (
        <TextInput
          mb="md"
          maw={320}
          type="search"
          aria-label={t`Search people`}
          placeholder={t`Name or email`}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      )}
      {content()}
      <Suspense>{invites && <InviteDialog onChanged={refresh} onClose={() => setInvites(false)} />}</Suspense>
    </Page>
  )
}
