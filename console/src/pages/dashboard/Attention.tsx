/** What wants to be looked at: trials that end, sign-ins that fail, mails that do not go out. Each number is a link to what it counts. */
import { useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId } from 'react'
import { useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import { listed, type Statistics } from './AccountTiles.tsx'
import styles from './dashboard.module.css'

interface Figure {
  key: string
  value: number
  label: string
  /** Marked as something to do. */
  urgent?: boolean
  link?: (content: ReactNode) => ReactNode
}

export function Attention({ statistics }: { statistics: Statistics }) {
  const { t } = useLingui()
  const id = useId()
  const { kind } = useCaller()
  const { trials, sign_ins_by_day, users, mails } = statistics
  const today = sign_ins_by_day.at(-1)
  const since = today && `${today.day}T00:00:00.000Z`
  const className = styles.tile
  const figures: Figure[] = [
    {
      key: 'trials',
      value: trials.accounts,
      label: t`Trials that end within seven days`,
      urgent: trials.accounts > 0,
      link: (content) => (
        <Link to="/clients" search={{ ...listed(statistics), trial_end_lte: trials.until }} className={className}>
          {content}
        </Link>
      ),
    },
    {
      key: 'sign-ins',
      value: today?.successful ?? 0,
      label: t`Sign-ins today (UTC)`,
      link: (content) => (
        <Link to="/logins" search={{ is_successful: 'true', ...(since && { login_at_gte: since }) }} className={className}>
          {content}
        </Link>
      ),
    },
    {
      key: 'failed',
      value: today?.failed ?? 0,
      label: t`Failed attempts today (UTC)`,
      link: (content) => (
        <Link to="/logins" search={{ is_successful: 'false', ...(since && { login_at_gte: since }) }} className={className}>
          {content}
        </Link>
      ),
    },
    {
      key: 'users',
      value: users,
      label: t`Users, deleted ones included`,
      link: (content) => (
        <Link to="/users" className={className}>
          {content}
        </Link>
      ),
    },
    ...(mails ? mailFigures(mails) : []),
  ]

  function mailFigures({ waiting, kept, failed }: NonNullable<Statistics['mails']>): Figure[] {
    // Only operators may read the outbox; resellers can look after their mail server.
    const to = (state: string) => (content: ReactNode) =>
      kind === 'platform' ? (
        <Link to="/outbox" search={{ state }} className={className}>
          {content}
        </Link>
      ) : (
        <Link to="/mail_server" className={className}>
          {content}
        </Link>
      )
    return [
      { key: 'waiting', value: waiting, label: t`Emails that wait to be sent`, link: to('waiting') },
      { key: 'failed-mails', value: failed, label: t`Emails that could not be sent`, urgent: failed > 0, link: to('dead') },
      ...(kept > 0 ? [{ key: 'kept', value: kept, label: t`Emails kept for want of a mail server`, urgent: true, link: to('kept') }] : []),
    ]
  }
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className={styles.heading}>{t`To look at`}</h2>
      <ul className={styles.tiles} aria-labelledby={id}>
        {figures.map(({ key, value, label, urgent, link }) => {
          const content = (
            <>
              <strong data-urgent={urgent || undefined}>
                {urgent && <span aria-hidden="true">▲ </span>}
                {number(value)}
              </strong>
              <span>{label}</span>
            </>
          )
          return <li key={key}>{link ? link(content) : content}</li>
        })}
      </ul>
    </section>
  )
}
