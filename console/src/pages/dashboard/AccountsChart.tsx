/** Accounts by status over time. A status that none had in all that time has no line. */
import { useLingui } from '@lingui/react/macro'
import { useMemo } from 'react'
import { Chart, type Series } from '../../components/chart/Chart.tsx'
import { statusName } from '../../lib/words.ts'
import { type Statistics, statuses } from './AccountTiles.tsx'

const looks: Record<(typeof statuses)[number], Pick<Series, 'colour' | 'dash'>> = {
  active: { colour: '--good', dash: 'solid' },
  trial: { colour: '--info', dash: 'solid' },
  trialend: { colour: '--warn', dash: 'dashed' },
  paused: { colour: '--quiet', dash: 'dashed' },
  new: { colour: '--line-strong', dash: 'solid' },
  preparation: { colour: '--info', dash: 'dotted' },
  ready: { colour: '--good', dash: 'dotted' },
  integration: { colour: '--warn', dash: 'dotted' },
}

export function AccountsChart({ days }: { days: Statistics['accounts_by_day'] }) {
  const { t, i18n } = useLingui()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names of statuses depend on the language
  const series = useMemo(
    () =>
      statuses
        .filter((status) => days.some((one) => one[status] > 0))
        .map((status) => ({ id: status, label: statusName(status), values: days.map((one) => one[status]), ...looks[status] })),
    [days, i18n.locale],
  )
  const names = useMemo(() => days.map(({ day }) => day), [days])
  return <Chart label={t`Accounts by status`} days={names} series={series} kind="lines" />
}
