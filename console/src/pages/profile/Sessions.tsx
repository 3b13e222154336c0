/** Where the caller is signed in; ends one session, all others, or everything that can sign in. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { Session } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { browserOf } from '../../lib/browser.ts'
import { useActing, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { RevokeEverything } from './RevokeEverything.tsx'

const list = query('GET /reeve/sessions', {})

export function Sessions() {
  const { t } = useLingui()
  const caller = useCaller()
  const acting = useActing()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(list)
  const { data: me } = useQuery(query('GET /iam/users/me', {}))
  const [revokes, setRevokes] = useState(false)
  const accounts = new Map(me?.client_and_roles.map(({ client_id, client_company_name }) => [client_id, client_company_name]))

  const attempt = async (change: () => Promise<unknown>, done: string) => {
    try {
      await change()
      toast(done)
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
    await queries.invalidateQueries({ queryKey: list.queryKey })
  }
  const end = ({ id }: Session) =>
    attempt(() => api('DELETE /reeve/sessions/{sessionId}', { path: { sessionId: id } }), t`The session has ended.`)
  const endOthers = async () => {
    const yes = await confirm({
      title: t`End all other sessions?`,
      text: t`Other browsers and programs must sign in again. API tokens and passkeys keep working.`,
      confirm: t`End all others`,
      danger: true,
    })
    if (yes)
      await attempt(
        () => api('DELETE /reeve/users/{userId}/sessions', { path: { userId: caller.user_id } }),
        t`Your other sessions have ended.`,
      )
  }
  const columns: Column<Session>[] = [
    {
      id: 'browser',
      header: t`Browser`,
      cell: ({ user_agent, current, actor, read_only }) => (
        <>
          <span title={user_agent}>{browserOf(user_agent)}</span> {current && <Status tone="good">{t`This session`}</Status>}
          {actor !== null && <Status tone="warn">{read_only ? t`Staff looks at this as you` : t`Staff acts as you`}</Status>}
        </>
      ),
    },
    { id: 'address', header: t`IP address`, cell: ({ ip_address }) => ip_address || '–' },
    { id: 'account', header: t`Account`, cell: ({ client_id }) => <bdi>{accounts.get(client_id) ?? client_id}</bdi>, minor: true },
    { id: 'started', header: t`Signed in`, cell: ({ created_at }) => <Time at={created_at} ago />, minor: true },
    { id: 'used', header: t`Last used`, cell: ({ refreshed_at }) => <Time at={refreshed_at} ago /> },
    {
      id: 'end',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (session) =>
        !session.current && (
          <Button size="compact-sm" variant="default" onClick={() => end(session)}>
            <Trans>End</Trans>
          </Button>
        ),
    },
  ]
  const others = data?.some(({ current }) => !current) ?? false
  return (
    <>
      <Section
        title={t`Sessions`}
        text={<Trans>Where you are signed in now, in all your accounts.</Trans>}
        actions={
          others && (
            <Button variant="default" onClick={endOthers}>
              <Trans>End all others</Trans>
            </Button>
          )
        }
      >
        {data ? (
          <DataTable label={t`Sessions`} columns={columns} rows={data} rowKey={({ id }) => id} />
        ) : error ? (
          <ErrorState error={error} retry={refetch} />
        ) : (
          <RowsSkeleton rows={3} />
        )}
      </Section>
      <Section
        title={t`Revoke everything`}
        text={
          <Trans>
            If a device is lost or somebody else may be signed in as you: ends all other sessions and open links, and deletes your API
            tokens and passkeys in all accounts.
          </Trans>
        }
        actions={
          <Button color="red.9" disabled={acting !== null} onClick={() => setRevokes(true)}>
            <Trans>Revoke everything</Trans>
          </Button>
        }
      >
        {null}
      </Section>
      {revokes && <RevokeEverything onClose={() => setRevokes(false)} />}
    </>
  )
}
