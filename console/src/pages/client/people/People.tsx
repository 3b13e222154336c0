/** Users of the account, with what staff can do for them. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { query } from '../../../api/client.ts'
import type { BaseUser } from '../../../api/types.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Section } from '../../../components/Page.tsx'
import { Status } from '../../../components/Status.tsx'
import { EmptyState } from '../../../components/states.tsx'
import { Time } from '../../../components/Time.tsx'
import { UserActions } from '../../../components/users/UserActions.tsx'
import { UserState } from '../../../components/users/UserState.tsx'
import { useCaller } from '../../../lib/caller.ts'
import { WaysToSignIn } from '../../../lib/sign-ins.tsx'
import { roleName } from '../../../lib/words.ts'
import type { Account } from '../account.ts'
import { RoleSelect } from './RoleSelect.tsx'

const load = () => import('../../../components/users/InviteDialog.tsx')
const InviteDialog = lazy(load)

/** So many users are asked about one by one: whether they are blocked is not in the account's own list. */
const MOST = 50

export default function People({ account }: { account: Account }) {
  const { t } = useLingui()
  const caller = useCaller()
  const [inviting, setInviting] = useState(false)
  const users = account.users.filter(({ deleted }) => !deleted)
  const isTechnical = account.client_type === 'reseller'
  const active = useQueries({
    queries: users.slice(0, MOST).map(({ id }) => query('GET /iam/users/{userId}', { path: { userId: id } })),
    combine: (results) => new Map(results.flatMap(({ data }) => (data ? [[data.id, data.is_active] as const] : []))),
  })
  const withState = (user: BaseUser) => ({ ...user, ...(active.has(user.id) && { is_active: active.get(user.id) as boolean }) })
  const columns: Column<BaseUser>[] = [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ name, email }) => (
        <>
          <bdi>{name || email}</bdi>
          {name && (
            <div style={{ color: 'var(--mantine-color-dimmed)' }}>
              <bdi>{email}</bdi>
            </div>
          )}
        </>
      ),
    },
    { id: 'state', header: t`Status`, cell: (user) => <UserState user={withState(user)} /> },
    {
      id: 'role',
      header: t`Role`,
      cell: (user) =>
        account.mayChange && !isTechnical ? <RoleSelect user={user} clientId={account.id} /> : roleName(user.groups[0]?.name),
    },
    {
      id: 'two-step',
      header: t`Two-step`,
      cell: ({ two_fa }) => <Status tone={two_fa ? 'good' : 'quiet'}>{two_fa ? t`On` : t`Off`}</Status>,
      minor: true,
    },
    { id: 'ways', header: t`Signs in by`, cell: ({ auth_types }) => <WaysToSignIn types={auth_types} />, minor: true },
    { id: 'seen', header: t`Last seen`, cell: ({ id }) => <LastSeen id={id} />, minor: true },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (user) =>
        account.mayChange &&
        user.id !== caller.user_id && (
          <UserActions
            user={{ ...withState(user), user_type: isTechnical ? 'reseller' : 'common' }}
            clientId={account.id}
            removeFrom={account.id}
          />
        ),
    },
  ]
  return (
    <Section
      title={t`People`}
      text={t`Who was invited and has an account already is shown once the invitation is accepted.`}
      actions={
        account.mayChange && (
          <Button size="compact-sm" onPointerEnter={load} onClick={() => setInviting(true)}>
            <Trans>Invite</Trans>
          </Button>
        )
      }
    >
      {users.length === 0 ? (
        <EmptyState title={t`Nobody is in this account`} text={t`Invite the first one. They get a mail with a link.`} />
      ) : (
        <DataTable label={t`People`} columns={columns} rows={users} rowKey={({ id }) => id} />
      )}
      {inviting && (
        <Suspense>
          <InviteDialog clientId={account.id} isTechnical={isTechnical} onClose={() => setInviting(false)} />
        </Suspense>
      )}
    </Section>
  )
}

/** As far as there is a session yet: nothing else is kept about when somebody was here. */
function LastSeen({ id }: { id: number }) {
  const { data } = useQuery({ ...query('GET /reeve/users/{userId}/sessions', { path: { userId: id } }), staleTime: 60_000 })
  const latest = data
    ?.filter(({ actor }) => actor === null)
    .map(({ refreshed_at }) => refreshed_at)
    .sort()
    .at(-1)
  return <Time at={latest} ago />
}
