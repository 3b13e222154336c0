/** Sign-ins and failed attempts by day. */
import { useLingui } from '@lingui/react/macro'
import { useMemo } from 'react'
import { Chart } from '../../components/chart/Chart.tsx'
import type { Statistics } from './AccountTiles.tsx'

export function SignInsChart({ days }: { days: Statistics['sign_ins_by_day'] }) {
  const { t } = useLingui()
  const [signedIn, failed] = [t`Signed in`, t`Failed`]
  const series = useMemo(
    () => [
      { id: 'successful', label: signedIn, values: days.map(({ successful }) => successful), colour: '--mantine-primary-color-filled' },
      { id: 'failed', label: failed, values: days.map((one) => one.failed), colour: '--warn' },
    ],
    [days, signedIn, failed],
  )
  const names = useMemo(() => days.map(({ day }) => day), [days])
  return <Chart label={t`Sign-ins`} days={names} series={series} kind="bars" />
}
