/** The bulk changes of the reseller: drafts, those being applied, and those that were. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ChangeSet } from '../../api/types.ts'
import { CursorList } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, NotFound } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { LiveCount, LiveState } from './SetState.tsx'
import { useChangeWords } from './words.ts'

export default function ChangeSetsPage() {
  const { t } = useLingui()
  const caller = useCaller()
  if (!isStaff(caller)) return <NotFound />
  const columns: Column<ChangeSet>[] = [
    { id: 'what', header: t`What`, cell: (set) => <What set={set} /> },
    { id: 'state', header: t`Status`, cell: (set) => <LiveState set={set} /> },
    { id: 'accounts', header: t`Accounts`, cell: (set) => <LiveCount set={set} />, end: true },
    { id: 'who', header: t`Who`, cell: (set) => <bdi>{set.applied_by_email ?? set.created_by_email}</bdi>, minor: true },
    { id: 'when', header: t`When`, cell: (set) => <Time at={set.applied_at ?? set.created_at} />, minor: true },
  ]
  return (
    <Page
      title={t`Bulk changes`}
      text={t`One change of many accounts at once: previewed, applied in the background, with a result for each.`}
    >
      <CursorList
        operation="GET /reeve/change_sets"
        given={{ query: { limit: 50 } }}
        label={t`Bulk changes`}
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <EmptyState
            title={t`No bulk changes yet`}
            text={t`Select accounts in their list, or all that match its filters, and choose “Change…”.`}
          >
            <Button component={Link} to="/clients" variant="default">
              <Trans>Go to the accounts</Trans>
            </Button>
          </EmptyState>
        }
      />
    </Page>
  )
}

function What({ set: { id, change } }: { set: ChangeSet }) {
  const words = useChangeWords(change)
  return (
    <Link to="/change_sets/$changeSetId" params={{ changeSetId: String(id) }}>
      {words}
    </Link>
  )
}
