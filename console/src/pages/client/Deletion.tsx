/** The end of an account: its request for deletion, what staff decide, and the way back. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { LoggedRequest } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useAct } from '../../lib/act.ts'
import { actionName } from '../../lib/actions.ts'
import { useCaller } from '../../lib/caller.ts'
import type { Account } from './account.ts'
import styles from './client.module.css'

export default function Deletion({ account }: { account: Account }) {
  const { t } = useLingui()
  const caller = useCaller()
  const { busy, act } = useAct()
  const path = { clientId: account.id }
  const name = account.companyName || account.email
  const requestedAt = account.details.deletion_requested_at
  const decides = caller.kind !== 'seller'

  const withdraw = async () => {
    const yes = await confirm({
      title: t`Decline the request?`,
      text: t`The account goes on, with the status that follows from its services.`,
      confirm: t`Decline`,
    })
    if (yes) await act(() => api('DELETE /reeve/clients/{clientId}/deletion_request', { path }), t`The request is declined.`)
  }
  const remove = async () => {
    const yes = await confirm({
      title: t`Delete ${name}?`,
      text: t`Sessions and API tokens in it stop working at once. It stays in the lists as deleted and can be restored.`,
      confirm: t`Delete the account`,
      danger: true,
    })
    if (yes) await act(() => api('DELETE /reeve/clients/{clientId}', { path }), t`${name} is deleted.`)
  }
  const restore = () => act(() => api('POST /reeve/clients/{clientId}/restore', { path }), t`${name} is restored.`)

  return (
    <>
      <Section title={t`State`}>
        {account.client_type === 'reseller' ? (
          <p className={styles.muted}>
            <Trans>A reseller’s own account cannot be deleted.</Trans>
          </p>
        ) : account.deleted ? (
          <Notice tone="warn">
            <Trans>The account is deleted. Its people, services and tokens are kept, and come back with it.</Trans>
          </Notice>
        ) : requestedAt ? (
          <Notice tone="warn">
            <Trans>
              An Administrator requested its deletion <Time at={requestedAt} ago />. The account is paused until you decide.
            </Trans>
          </Notice>
        ) : (
          <p className={styles.muted}>
            <Trans>Nobody has requested its deletion. Administrators of the account do so under Account.</Trans>
          </p>
        )}
        {account.client_type !== 'reseller' && (
          <Group mt="md">
            {requestedAt && !account.deleted && (
              <Button variant="default" loading={busy} onClick={withdraw}>
                <Trans>Decline the request</Trans>
              </Button>
            )}
            {!account.deleted && (
              <Button color="red.9" loading={busy} disabled={!decides} onClick={remove}>
                <Trans>Delete the account</Trans>
              </Button>
            )}
            {account.deleted && (
              <Button loading={busy} disabled={!decides} onClick={restore}>
                <Trans>Restore the account</Trans>
              </Button>
            )}
            {!decides && (
              <span className={styles.muted}>
                <Trans>Accounts are deleted and restored by the reseller’s staff, not by sellers.</Trans>
              </span>
            )}
          </Group>
        )}
      </Section>
      <History account={account} />
    </>
  )
}

function History({ account }: { account: Account }) {
  const { t } = useLingui()
  const steps = ['requestClientDeletion', 'withdrawClientDeletion', 'deleteClient', 'restoreClient']
  const of = (path: string) => query('GET /reeve/activity', { query: { affected_client_id: account.id, path, limit: 100 } })
  const { data } = useQuery(of(`/reeve/clients/${account.id}`))
  const columns: Column<LoggedRequest>[] = [
    { id: 'when', header: t`When`, cell: ({ requested_at }) => <Time at={requested_at} /> },
    { id: 'what', header: t`What`, cell: ({ actions }) => actionName(actions) },
    { id: 'who', header: t`Who`, cell: ({ user_email }) => <bdi>{user_email || '–'}</bdi> },
    {
      id: 'answer',
      header: t`Answer`,
      cell: ({ status_code }) =>
        status_code < 400 ? <Status tone="good">{t`Done`}</Status> : <Status tone="bad">{t`refused (${status_code})`}</Status>,
    },
  ]
  const rows = data?.results.filter(({ actions }) => steps.includes(actions)) ?? []
  if (data && rows.length === 0) return null
  return (
    <Section title={t`History`}>
      {data ? <DataTable label={t`History`} columns={columns} rows={rows} rowKey={({ id }) => id} /> : <RowsSkeleton rows={2} />}
    </Section>
  )
}
