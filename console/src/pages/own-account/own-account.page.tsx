/** The account that the caller works in: its data, who of the provider's staff comes in, and its end. */
import { useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Page } from '../../components/Page.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Tabs, useTab } from '../../components/Tabs.tsx'
import { isAdministrator, useCaller } from '../../lib/caller.ts'
import { AccountData } from './AccountData.tsx'
import { Accounts } from './Accounts.tsx'
import { Deletion } from './Deletion.tsx'
import { Emails } from './Emails.tsx'
import { StaffAccess } from './StaffAccess.tsx'
import { StaffVisits } from './StaffVisits.tsx'

export default function OwnAccountPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const { data: client, error, refetch } = useQuery(query('GET /iam/clients/me', {}))
  const all = [
    { id: 'data', label: t`Account` },
    { id: 'staff-access', label: t`Staff access` },
    { id: 'deletion', label: t`Deletion` },
  ] as const
  const tabs = isAdministrator(caller) ? all : all.slice(0, 1)
  const tab = useTab(tabs)
  return (
    <Page title={t`Account`} text={<bdi>{caller.company}</bdi>}>
      {tabs.length > 1 && <Tabs label={t`Account`} tabs={tabs} />}
      {error && !client && <ErrorState error={error} retry={refetch} />}
      {!client && !error && <RowsSkeleton />}
      {client && tab === 'data' && (
        <>
          <AccountData client={client} />
          <Accounts />
          <Emails />
        </>
      )}
      {client && tab === 'staff-access' && (
        <>
          <StaffAccess />
          <StaffVisits />
        </>
      )}
      {client && tab === 'deletion' && <Deletion client={client} />}
    </Page>
  )
}
