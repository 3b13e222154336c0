/** What a reseller's staff see first: how many accounts there are and how they stand, and what wants to be looked at. */
import { useLingui } from '@lingui/react/macro'
import { Page } from '../../components/Page.tsx'

export default function StaffDashboard() {
  const { t } = useLingui()
  return <Page title={t`Dashboard`}>{null}</Page>
}
