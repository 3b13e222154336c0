/** Who logged in as us: who, when, why, and a link to what they did. */
import { Trans, useLingui } from '@lingui/react/macro'
import { VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useCaller } from '../../lib/caller.ts'
import { useVisits, type Visit } from './visits.ts'

export function StaffVisits() {
  const { t } = useLingui()
  const { client_id: clientId } = useCaller()
  const { visits, error, refetch } = useVisits(clientId)
  const columns: Column<Visit>[] = [
    { id: 'when', header: t`When`, cell: ({ at }) => <Time at={at} /> },
    { id: 'who', header: t`Who`, cell: ({ email }) => <bdi>{email}</bdi> },
    { id: 'why', header: t`Reason`, cell: ({ reason }) => <bdi>{reason || '–'}</bdi> },
    {
      id: 'how',
      header: t`Rights`,
      cell: ({ readOnly }) => (readOnly ? <Trans>Read only</Trans> : <Trans>Read and change</Trans>),
      minor: true,
    },
    {
      id: 'what',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: ({ actor, at, until }) => (
        <Link to="/activity" search={{ actor_id: String(actor), requested_at_gte: at, requested_at_lte: until }}>
          <Trans>What they did</Trans>
        </Link>
      ),
    },
  ]
  const content = () => {
    if (visits && visits.length > 0)
      return <DataTable label={t`Who logged in as us`} columns={columns} rows={visits} rowKey={({ id }) => id} />
    if (visits)
      return (
        <EmptyState
          title={t`Nobody so far`}
          text={<Trans>Whenever staff log in as somebody of this account, it is listed here with the reason they gave.</Trans>}
        />
      )
    return error ? <ErrorState error={error} retry={refetch} /> : <RowsSkeleton rows={3} />
  }
  return (
    <Section title={t`Who logged in as us`} text={<Trans>What staff do in your name stands in the activity, under both names.</Trans>}>
      {content()}
    </Section>
  )
}
