/** The activity log: who changed what and when, and what was refused. Staff see the reseller's, Administrators their account's, others their own. */
import { useLingui } from '@lingui/react/macro'
import { CursorList } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { type Filter, Filters, useFilters } from '../../components/filters/Filters.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { ActionCell, AffectedAccount, Outcome, Who } from './cells.tsx'
import { Entry, type LoggedRequest } from './Entry.tsx'

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']

export default function ActivityPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const staff = isStaff(caller)
  const filters: Filter[] = [
    ...(staff ? [{ name: 'affected_client_id', label: t`Account`, kind: 'id' } satisfies Filter] : []),
    { name: 'actor_id', label: t`Person who acted`, kind: 'id' },
    { name: 'user_id', label: t`User`, kind: 'id' },
    { name: 'method', label: t`Method`, kind: 'choice', choices: Object.fromEntries(METHODS.map((one) => [one, one])) },
    { name: 'path', label: t`Path begins with`, kind: 'text' },
    { name: 'status_code', label: t`Status code`, kind: 'id' },
    { name: 'requested_at_gte', label: t`Since`, kind: 'instant' },
    { name: 'requested_at_lte', label: t`Until`, kind: 'instant' },
    { name: 'token_id', label: t`API token`, kind: 'id' },
  ]
  const query = useFilters(filters)
  const columns: Column<LoggedRequest>[] = [
    { id: 'at', header: t`When`, cell: ({ requested_at }) => <Time at={requested_at} /> },
    { id: 'who', header: t`Who`, cell: (entry) => <Who entry={entry} />, minor: true },
    { id: 'what', header: t`What`, cell: (entry) => <ActionCell entry={entry} /> },
    ...(staff
      ? [
          {
            id: 'account',
            header: t`Account`,
            cell: (entry) => <AffectedAccount entry={entry} />,
            minor: true,
          } satisfies Column<LoggedRequest>,
        ]
      : []),
    { id: 'status', header: t`Outcome`, cell: (entry) => <Outcome entry={entry} /> },
  ]
  const isFiltered = Object.keys(query).length > 0
  return (
    <Page
      title={t`Activity`}
      text={
        staff || caller.role === 'Administrators'
          ? t`Every change, and every attempt that was refused, newest first.`
          : t`What you changed, and what was refused, newest first.`
      }
    >
      <Filters filters={filters} />
      <CursorList
        operation="GET /reeve/activity"
        given={{ query: { limit: 50, ...query } }}
        label={t`Activity`}
        columns={columns}
        rowKey={({ id }) => id}
        detail={(entry) => <Entry entry={entry} />}
        empty={
          isFiltered ? (
            <EmptyState title={t`Nothing matches these filters`} text={t`Remove a filter to see more.`} />
          ) : (
            <EmptyState
              title={t`Nothing has been changed yet`}
              text={t`Changes made here or by the API are listed here with who made them.`}
            />
          )
        }
      />
    </Page>
  )
}
