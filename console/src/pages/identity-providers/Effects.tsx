/** Whom enforcing a provider locks out, who is an exception, and which API tokens were made without it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { api } from '../../api/client.ts'
import type { EarlierToken, IdentityProvider, IdentityProviderEnforcement, PersonLockedOut } from '../../api/types.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { useAct } from '../../lib/act.ts'
import { useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import styles from './identity-providers.module.css'

interface Props {
  provider: IdentityProvider
  effect: IdentityProviderEnforcement
}
const PATH = '/reeve/identity_providers/{providerId}/exceptions/{userId}'

function useExceptions({ id: providerId }: IdentityProvider) {
  const { t } = useLingui()
  const { busy, act } = useAct()
  return {
    busy,
    add: ({ id: userId, email }: Pick<PersonLockedOut, 'id' | 'email'>) =>
      act(() => api(`PUT ${PATH}`, { path: { providerId, userId } }), t`${email} is an exception.`),
    remove: ({ id: userId, email }: PersonLockedOut) =>
      act(() => api(`DELETE ${PATH}`, { path: { providerId, userId } }), t`${email} is no exception any more.`),
  }
}

function useNameColumn(): Column<PersonLockedOut> {
  const { t } = useLingui()
  return {
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
  }
}

export function LockedOut({ provider, effect: { people, without_identity } }: Props) {
  const { t } = useLingui()
  const { busy, add } = useExceptions(provider)
  const name = useNameColumn()
  if (people.length === 0) return null
  const more = without_identity - people.length
  const columns: Column<PersonLockedOut>[] = [
    name,
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (person) => (
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          onClick={() => add(person)}
          aria-label={t`Make an exception of ${person.email}`}
        >
          <Trans>Make an exception</Trans>
        </Button>
      ),
    },
  ]
  return (
    <>
      <h3 className={styles.part}>
        <Trans>Locked out until they sign in with it</Trans>
      </h3>
      <DataTable label={t`People without an identity`} columns={columns} rows={people} rowKey={({ id }) => id} />
      {more > 0 && <p className={styles.muted}>{t`and ${number(more)} more`}</p>}
    </>
  )
}

export function Exceptions({ provider, effect: { exceptions } }: Props) {
  const { t } = useLingui()
  const { user_id, email, kind } = useCaller()
  const { busy, add, remove } = useExceptions(provider)
  const name = useNameColumn()
  const covered = kind === 'client' ? provider.client_id !== null : provider.client_id === null && provider.for_staff
  const columns: Column<PersonLockedOut>[] = [
    name,
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (person) => (
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          onClick={() => remove(person)}
          aria-label={t`Take back ${person.email}`}
        >
          <Trans>Take back</Trans>
        </Button>
      ),
    },
  ]
  return (
    <>
      <h3 className={styles.part}>
        <Trans>Exceptions</Trans>
      </h3>
      <p className={styles.muted}>
        <Trans>
          The way in if the identity provider fails: by password and second step, or passkey. All Administrators get a mail when somebody
          uses it.
        </Trans>
      </p>
      {exceptions.length > 0 && <DataTable label={t`Exceptions`} columns={columns} rows={exceptions} rowKey={({ id }) => id} />}
      {covered && !exceptions.some(({ id }) => id === user_id) && (
        <Button variant="default" size="compact-sm" mt="xs" disabled={busy} onClick={() => add({ id: user_id, email })}>
          <Trans>Make an exception of yourself</Trans>
        </Button>
      )}
    </>
  )
}

export function Tokens({ effect: { tokens, earlier_tokens } }: Pick<Props, 'effect'>) {
  const { t } = useLingui()
  if (tokens.length === 0) return null
  const more = earlier_tokens - tokens.length
  const columns: Column<EarlierToken>[] = [
    { id: 'name', header: t`Token`, cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'owner', header: t`Issued by`, cell: ({ user_email }) => <bdi>{user_email}</bdi> },
  ]
  return (
    <>
      <h3 className={styles.part}>
        <Trans>API tokens made without it</Trans>
      </h3>
      <DataTable label={t`API tokens made without it`} columns={columns} rows={tokens} rowKey={({ id }) => id} />
      {more > 0 && <p className={styles.muted}>{t`and ${number(more)} more`}</p>}
    </>
  )
}
