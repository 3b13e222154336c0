/** What the list of people shows of each, and what an Administrator may do. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, NativeSelect, VisuallyHidden } from '@mantine/core'
import type { User } from '../../api/types.ts'
import type { Column } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { useCaller } from '../../lib/caller.ts'
import { WaysToSignIn } from '../../lib/sign-ins.tsx'
import { roleName, roles } from '../../lib/words.ts'
import { useMemberActions } from './actions.ts'
import styles from './members.module.css'

interface Given {
  people: readonly User[]
  administrates: boolean
  refresh(): unknown
}

const roleOf = ({ groups }: User) => groups[0]?.name
const maySignIn = ({ is_active, activated }: User) => is_active && activated

/** Whether the account would be left without an Administrator who can sign in, which the server refuses. */
function isLast(user: User, people: readonly User[]): boolean {
  const others = people.filter((one) => one.id !== user.id && roleOf(one) === 'Administrators')
  return roleOf(user) === 'Administrators' && !others.some((one) => maySignIn(one) || !maySignIn(user))
}

export function useMemberColumns({ people, administrates, refresh }: Given): Column<User>[] {
  const { t } = useLingui()
  const caller = useCaller()
  const { changeRole, remove, leave, renew, withdraw } = useMemberActions(refresh)
  const last = t`The last Administrator who can sign in keeps this role.`

  const actions = (user: User) => {
    if (user.id === caller.user_id) {
      const only = user.client_and_roles.length < 2
      const reason = isLast(user, people) && administrates ? last : only ? t`This is your only account.` : undefined
      return (
        <Button size="compact-sm" variant="default" disabled={reason !== undefined} title={reason} onClick={leave}>
          <Trans>Leave</Trans>
        </Button>
      )
    }
    if (!user.activated)
      return (
        <>
          <Button size="compact-sm" variant="default" onClick={() => renew(user)}>
            <Trans>Send again</Trans>
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => withdraw(user)}>
            <Trans>Withdraw</Trans>
          </Button>
        </>
      )
    return (
      <Button size="compact-sm" variant="default" onClick={() => remove(user)}>
        <Trans>Remove</Trans>
      </Button>
    )
  }
  return [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ id, name, email }) => (
        <>
          <bdi className={styles.name}>{name || email}</bdi> {id === caller.user_id && <Status tone="info">{t`You`}</Status>}
          {name && <bdi className={styles.email}>{email}</bdi>}
        </>
      ),
    },
    {
      id: 'role',
      header: t`Role`,
      cell: (user) => {
        const role = roleOf(user)
        if (!administrates || role === undefined) return roleName(role)
        if (isLast(user, people))
          return (
            <>
              {roleName(role)}
              <span className={styles.email}>{last}</span>
            </>
          )
        return (
          <NativeSelect
            size="xs"
            miw={150}
            aria-label={t`Role of ${user.name || user.email}`}
            value={role}
            onChange={(event) => changeRole(user, event.currentTarget.value)}
            data={roles.map(({ name: value }) => ({ value, label: roleName(value) }))}
          />
        )
      },
    },
    {
      id: 'state',
      header: t`Status`,
      cell: (user) =>
        !user.activated ? (
          <Status tone="info">{t`Invited`}</Status>
        ) : user.is_active ? (
          <Status tone="good">{t`Active`}</Status>
        ) : (
          <Status tone="bad">{t`Blocked by your provider`}</Status>
        ),
    },
    {
      id: 'two-step',
      header: t`Two-step verification`,
      cell: ({ two_fa }) => (two_fa ? <Status tone="good">{t`On`}</Status> : <Status tone="quiet">{t`Off`}</Status>),
      minor: true,
    },
    { id: 'ways', header: t`Signs in by`, cell: ({ auth_types }) => <WaysToSignIn types={auth_types} />, minor: true },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (user) => (
        <Group gap="xs" justify="flex-end">
          {actions(user)}
        </Group>
      ),
    },
  ]
}
