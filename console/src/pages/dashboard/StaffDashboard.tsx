/** What a reseller's staff see first: how many accounts there are and how they stand, and what wants to be looked at. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { AccountsChart } from './AccountsChart.tsx'
import { AccountTiles } from './AccountTiles.tsx'
import { Attention } from './Attention.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { SignInsChart } from './SignInsChart.tsx'

/** A tenant with no account but its own has yet to begin. */
const BEGINNING = 1

export default function StaffDashboard() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery({ ...query('GET /reeve/statistics', {}), refetchInterval: 60_000 })
  if (error && !data)
    return (
      <Page title={t`Dashboard`}>
        <ErrorState error={error} retry={refetch} />
      </Page>
    )
  if (!data)
    return (
      <Page title={t`Dashboard`}>
        <Stack aria-hidden="true">
          <Skeleton height={92} />
          <Skeleton height={92} />
          <Skeleton height={300} />
        </Stack>
      </Page>
    )
  return (
    <Page
      title={t`Dashboard`}
      text={
        data.scope.seller_id === null ? (
          <Trans>
            Accounts that are not deleted, as of <Time at={data.at} />
          </Trans>
        ) : (
          <Trans>
            Your accounts that are not deleted, as of <Time at={data.at} />
          </Trans>
        )
      }
    >
      {data.accounts.total <= BEGINNING && <FirstSteps />}
      <AccountTiles statistics={data} />
      <Attention statistics={data} />
      <Section title={t`Accounts by status`} text={t`At the end of each of the last 90 days.`}>
        <AccountsChart days={data.accounts_by_day} />
      </Section>
      <Section title={t`Sign-ins`} text={t`Attempts on each of the last 30 days.`}>
        <SignInsChart days={data.sign_ins_by_day} />
      </Section>
    </Page>
  )
}
