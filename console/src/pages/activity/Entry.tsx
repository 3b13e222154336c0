/** All that the log has about one request. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { RowOf } from '../../components/CursorList.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Time } from '../../components/Time.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import styles from './activity.module.css'

export type LoggedRequest = RowOf<'GET /reeve/activity'>

export function Entry({ entry }: { entry: LoggedRequest }) {
  const { t } = useLingui()
  const staff = isStaff(useCaller())
  const { id, requested_at, user, actor, token, remote_ip_address, host, method, path, query_params, status_code, client, data } = entry
  const { affected_client } = entry
  return (
    <div className={styles.entry}>
      <Facts>
        <Fact term={t`Entry`}>{id}</Fact>
        <Fact term={t`When`}>
          <Time at={requested_at} />
        </Fact>
        <Fact term={t`User`}>
          <By name="user_id" value={user} />
        </Fact>
        {actor !== null && (
          <Fact term={t`Person who acted`}>
            <By name="actor_id" value={actor} />
          </Fact>
        )}
        {token !== null && (
          <Fact term={t`API token`}>
            <By name="token_id" value={token} />
          </Fact>
        )}
        {staff && <Fact term={t`Worked in account`}>{client}</Fact>}
        {staff && affected_client !== null && (
          <Fact term={t`Account`}>
            <By name="affected_client_id" value={affected_client} />
          </Fact>
        )}
        <Fact term={t`IP address`}>{remote_ip_address || '–'}</Fact>
        <Fact term={t`Host`}>{host || '–'}</Fact>
        <Fact term={t`Request`}>
          <code>
            {method} {path}
            {query_params && `?${query_params.replace(/^\?/, '')}`}
          </code>
        </Fact>
        <Fact term={t`Status code`}>{status_code}</Fact>
      </Facts>
      {data === '' ? (
        <p className={styles.minor}>
          <Trans>Nothing was sent with it.</Trans>
        </p>
      ) : (
        <>
          <p className={styles.term}>
            <Trans>What was sent, without secrets</Trans>
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre className={styles.data} tabIndex={0}>
            {pretty(data)}
          </pre>
        </>
      )}
    </div>
  )
}

/** A number that is also a link to all entries with it. */
function By({ name, value }: { name: string; value: number }) {
  const { t } = useLingui()
  return (
    <>
      {value}{' '}
      <Link to="/activity" search={{ [name]: String(value) }}>
        {t`All entries`}
      </Link>
    </>
  )
}

/** What was cut off is no JSON any more, and is shown as it is. */
function pretty(data: string): string {
  try {
    return JSON.stringify(JSON.parse(data), null, 2)
  } catch {
    return data
  }
}
