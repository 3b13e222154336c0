/** Where a user is signed in, with the way to end it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import type { Session } from '../../api/types.ts'
import { useAct } from '../../lib/act.ts'
import { browserOf } from '../../lib/browser.ts'
import { type Column, DataTable } from '../DataTable.tsx'
import { Dialog } from '../Dialog.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../states.tsx'
import { Time } from '../Time.tsx'

export default function SessionsDialog({ user, onClose }: { user: { id: number; email: string }; onClose(): void }) {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(query('GET /reeve/users/{userId}/sessions', { path: { userId: user.id } }))
  const { busy, act } = useAct()
  const end = ({ id }: Session) =>
    act(
      () => api('DELETE /reeve/users/{userId}/sessions/{sessionId}', { path: { userId: user.id, sessionId: id } }),
      t`The session has ended.`,
    )
  const endAll = () => act(() => api('DELETE /reeve/users/{userId}/sessions', { path: { userId: user.id } }), t`All sessions have ended.`)
  const columns: Column<Session>[] = [
    { id: 'browser', header: t`Browser`, cell: ({ user_agent }) => <span title={user_agent}>{browserOf(user_agent)}</span> },
    { id: 'address', header: t`Address`, cell: ({ ip_address }) => ip_address, minor: true },
    { id: 'seen', header: t`Last seen`, cell: ({ refreshed_at }) => <Time at={refreshed_at} ago /> },
    { id: 'begun', header: t`Begun`, cell: ({ created_at }) => <Time at={created_at} />, minor: true },
    {
      id: 'end',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      cell: (session) => (
        <Button size="compact-sm" variant="default" disabled={busy} onClick={() => end(session)}>
          <Trans>End</Trans>
        </Button>
      ),
      end: true,
    },
  ]
  return (
    <Dialog opened onClose={onClose} size="xl" title={<bdi>{t`Sessions of ${user.email}`}</bdi>}>
      {error ? (
        <ErrorState error={error} retry={refetch} />
      ) : !data ? (
        <RowsSkeleton rows={3} />
      ) : data.length === 0 ? (
        <EmptyState title={t`Signed in nowhere`} />
      ) : (
        <>
          <DataTable label={t`Sessions`} columns={columns} rows={data} rowKey={({ id }) => id} />
          <Group justify="flex-end" mt="md">
            <Button variant="default" loading={busy} onClick={endAll}>
              <Trans>End all</Trans>
            </Button>
          </Group>
        </>
      )}
    </Dialog>
  )
}
