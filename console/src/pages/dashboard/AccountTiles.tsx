/** The number of accounts, in all and in each status, each a link to the list of them. */
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { Answer } from '../../api/client.ts'
import { Status } from '../../components/Status.tsx'
import { number } from '../../lib/format.ts'
import { statusName, statusTone } from '../../lib/words.ts'
import styles from './dashboard.module.css'

export type Statistics = Answer<'GET /reeve/statistics'>
type AccountStatus = keyof Statistics['accounts']['by_status']

/** In the order of an account's life. */
export const statuses: readonly AccountStatus[] = ['new', 'trial', 'active', 'trialend', 'paused', 'preparation', 'ready', 'integration']

/** Of the list of accounts, for what the statistics count. */
export const listed = ({ scope: { seller_id } }: Statistics) => ({
  deleted: 'false',
  ...(seller_id !== null && { seller_id: String(seller_id) }),
})

export function AccountTiles({ statistics }: { statistics: Statistics }) {
  const { t } = useLingui()
  const { total, by_status } = statistics.accounts
  const shown = statuses.filter((status) => by_status[status] > 0 || usual.has(status))
  return (
    <ul className={styles.tiles} aria-label={t`Accounts by status`}>
      <li>
        <Link to="/clients" search={listed(statistics)} className={styles.tile}>
          <strong>{number(total)}</strong>
          <span>{t`Accounts`}</span>
        </Link>
      </li>
      {shown.map((status) => (
        <li key={status}>
          <Link to="/clients" search={{ ...listed(statistics), status }} className={styles.tile}>
            <strong>{number(by_status[status])}</strong>
            <Status tone={statusTone(status)}>{statusName(status)}</Status>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** Shown even where there are none; the others are rare. */
const usual: ReadonlySet<AccountStatus> = new Set(['new', 'trial', 'active', 'trialend', 'paused'])
