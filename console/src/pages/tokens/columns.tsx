/** What the list of tokens shows of each. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import type { Token } from '../../api/types.ts'
import type { Column } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { isAdministrator, useCaller } from '../../lib/caller.ts'
import { endsSoon } from '../../lib/tokens.ts'
import { roleName } from '../../lib/words.ts'
import styles from './tokens.module.css'

export function useTokenColumns(remove: (token: Token) => void): Column<Token>[] {
  const { t } = useLingui()
  const caller = useCaller()
  const administrates = isAdministrator(caller)
  const { data: users } = useQuery({ ...query('GET /iam/users', {}), enabled: administrates })
  const present = users && new Set(users.results.map(({ id }) => id))
  return [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ id, name, description, deleted }) => (
        <>
          <bdi className={deleted ? styles.gone : undefined}>{name}</bdi> <span className={styles.id}>{id}</span>
          {description && <p className={styles.description}>{description}</p>}
        </>
      ),
    },
    { id: 'role', header: t`Role`, cell: ({ client_user: { role } }) => <span className={styles.role}>{roleName(role.name)}</span> },
    {
      id: 'issuer',
      header: t`Created by`,
      cell: ({ client_user: { user_id, user_name, user_email } }) =>
        present?.has(user_id) === false ? (
          <s title={t`No longer in this account`}>
            <bdi>{user_name || user_email}</bdi>
          </s>
        ) : (
          <bdi title={user_email}>{user_name || user_email}</bdi>
        ),
      minor: true,
    },
    { id: 'expires', header: t`Expires`, cell: (token) => <Expiry token={token} /> },
    {
      id: 'used',
      header: t`Last used`,
      // Before the first use it is the time of creation.
      cell: ({ created, last_usage }) => (last_usage === created ? <Trans>Never</Trans> : <Time at={last_usage} ago />),
      minor: true,
    },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (token) =>
        !token.deleted && (
          <Button size="compact-sm" variant="default" onClick={() => remove(token)}>
            <Trans>Delete</Trans>
          </Button>
        ),
    },
  ]
}

function Expiry({ token }: { token: Token }) {
  const { exp_date, expired, deleted } = token
  if (deleted)
    return (
      <Status tone="quiet">
        <Trans>Deleted</Trans>
      </Status>
    )
  if (exp_date === null) return <Trans>Never</Trans>
  if (expired)
    return (
      <Status tone="bad">
        <Trans>Expired</Trans>
      </Status>
    )
  if (!endsSoon(token)) return <Time at={exp_date} />
  return (
    <Status tone="warn">
      <Time at={exp_date} ago />
    </Status>
  )
}
