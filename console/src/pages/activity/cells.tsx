/** What the columns of the activity log say about an entry. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Status } from '../../components/Status.tsx'
import { actionName } from '../../lib/actions.ts'
import styles from './activity.module.css'
import type { LoggedRequest } from './Entry.tsx'

export function Who({ entry: { user_email, user, actor, token } }: { entry: LoggedRequest }) {
  return (
    <>
      <bdi>{user_email || `#${user}`}</bdi>
      {actor !== null && (
        <span className={styles.minor}>
          <Trans>user {actor}, logged in as this user</Trans>
        </span>
      )}
      {token !== null && (
        <span className={styles.minor}>
          <Trans>API token {token}</Trans>
        </span>
      )}
    </>
  )
}

/** In narrow windows with who did it, for there is no column for that. */
export const ActionCell = ({ entry }: { entry: LoggedRequest }) => (
  <div className={styles.what}>
    {actionName(entry.actions)}
    <code className={`${styles.minor} ${styles.wide}`}>
      {entry.method} {entry.path}
    </code>
    <span className={`${styles.minor} ${styles.narrow}`}>
      <Who entry={entry} />
    </span>
  </div>
)

export function AffectedAccount({ entry: { affected_client } }: { entry: LoggedRequest }) {
  if (affected_client === null) return '–'
  return (
    <Link to="/clients/$clientId" params={{ clientId: String(affected_client) }}>
      {affected_client}
    </Link>
  )
}

export function Outcome({ entry: { status_code } }: { entry: LoggedRequest }) {
  const { t } = useLingui()
  if (status_code < 400) return <Status tone="good">{t`Done`}</Status>
  if (status_code >= 500) return <Status tone="bad">{t`Failed`}</Status>
  if (status_code === 401 || status_code === 403) return <Status tone="warn">{t`Not allowed`}</Status>
  if (status_code === 404) return <Status tone="warn">{t`Not found`}</Status>
  return <Status tone="warn">{t`Refused`}</Status>
}
