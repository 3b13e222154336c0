/** One thing that happened, with what was sent behind it. */
import { Trans, useLingui } from '@lingui/react/macro'
import type { Answer } from '../../../api/client.ts'
import { Fact, Facts } from '../../../components/Fact.tsx'
import { Status } from '../../../components/Status.tsx'
import { Time } from '../../../components/Time.tsx'
import { actionName } from '../../../lib/actions.ts'
import { browserOf } from '../../../lib/browser.ts'
import { statusName, statusTone } from '../../../lib/words.ts'
import type { Account } from '../account.ts'
import styles from './timeline.module.css'

type Row = Answer<'GET /reeve/clients/{clientId}/timeline'>['results'][number]

export function Entry({ row, account }: { row: Row; account: Account }) {
  if (row.kind === 'request') return <RequestEntry at={row.at} entry={row.entry} />
  if (row.kind === 'sign_in') return <SignInEntry at={row.at} entry={row.entry} account={account} />
  const { old_status, new_status } = row.entry
  return (
    <div className={styles.entry}>
      <Time at={row.at} />
      <span className={styles.what}>
        <Trans>
          Status: {statusName(old_status)} → <Status tone={statusTone(new_status)}>{statusName(new_status)}</Status>
        </Trans>
      </span>
    </div>
  )
}

type Of<Kind extends Row['kind']> = Extract<Row, { kind: Kind }>

function RequestEntry({ at, entry }: Pick<Of<'request'>, 'at' | 'entry'>) {
  const { t } = useLingui()
  const { actions, user_email, status_code, method, path, query_params, remote_ip_address, host, token, actor, data } = entry
  const refused = status_code >= 400
  return (
    <details className={styles.entry}>
      <summary>
        <Time at={at} />
        <span className={styles.what}>
          <b>{actionName(actions)}</b>{' '}
          {user_email && (
            <Trans>
              by <bdi>{user_email}</bdi>
            </Trans>
          )}{' '}
          {actor !== null && <Status tone="info">{t`acting for them: user ${actor}`}</Status>}
          {refused && <Status tone="bad">{t`refused (${status_code})`}</Status>}
        </span>
      </summary>
      <div className={styles.details}>
        <Facts>
          <Fact term={t`Request`}>
            <code>
              {method} {path}
              {query_params && `?${query_params.replace(/^\?/, '')}`}
            </code>
          </Fact>
          <Fact term={t`Answer`}>{status_code}</Fact>
          <Fact term={t`From`}>{remote_ip_address || '–'}</Fact>
          <Fact term={t`Host`}>{host || '–'}</Fact>
          <Fact term={t`API token`}>{token ?? '–'}</Fact>
        </Facts>
        <p className={styles.sent}>{t`What was sent, without secrets`}</p>
        <pre>{pretty(data) || t`Nothing`}</pre>
      </div>
    </details>
  )
}

function pretty(data: string): string {
  try {
    const value: unknown = JSON.parse(data)
    return value === null || (typeof value === 'object' && Object.keys(value).length === 0) ? '' : JSON.stringify(value, null, 2)
  } catch {
    return data
  }
}

function SignInEntry({ at, entry, account }: Pick<Of<'sign_in'>, 'at' | 'entry'> & { account: Account }) {
  const { t } = useLingui()
  const { user, is_successful, ip_address, user_agent, auth_type, attempts } = entry
  const who = account.users.find(({ id }) => id === user)?.email ?? (user === null ? t`somebody unknown` : t`user ${user}`)
  return (
    <div className={styles.entry}>
      <Time at={at} />
      <span className={styles.what}>
        {is_successful ? (
          <Trans>
            Sign-in of <bdi>{who}</bdi>
          </Trans>
        ) : (
          <>
            <Trans>
              Failed sign-in of <bdi>{who}</bdi>
            </Trans>{' '}
            <Status tone="warn">{attempts > 1 ? t`${attempts} attempts` : t`failed`}</Status>
          </>
        )}{' '}
        <small title={user_agent}>
          {ip_address} · {browserOf(user_agent)} · {auth_type}
        </small>
      </span>
    </div>
  )
}
