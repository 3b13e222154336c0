/** The log of sign-ins: when, who, from where, by what, and whether it succeeded. */
import { Plural, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { CursorList, type RowOf } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { type Filter, Filters, useFilters } from '../../components/filters/Filters.tsx'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { browserOf } from '../../lib/browser.ts'
import { isAdministrator, isStaff, useCaller } from '../../lib/caller.ts'
import styles from './logins.module.css'

type Login = RowOf<'GET /reeve/logins'>

/** Ways to sign in, by the server's names. */
function useWays(): Record<string, string> {
  const { t } = useLingui()
  return {
    password: t`Password`,
    password_and_code: t`Password and code`,
    password_without_code: t`Password without the code`,
    passkey: t`Passkey`,
    sso: t`Single sign-on`,
  }
}

export default function LoginsPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const ways = useWays()
  const { sso: _, ...known } = ways
  const others = isStaff(caller) || isAdministrator(caller)
  const filters: Filter[] = [
    { name: 'is_successful', label: t`Outcome`, kind: 'choice', choices: { false: t`Failed`, true: t`Signed in` } },
    ...(others ? [{ name: 'user_id', label: t`User`, kind: 'id' } satisfies Filter] : []),
    { name: 'auth_type', label: t`Method`, kind: 'choice', choices: known },
    { name: 'ip_address', label: t`IP address begins with`, kind: 'text' },
    { name: 'login_at_gte', label: t`Since`, kind: 'instant' },
    { name: 'login_at_lte', label: t`Until`, kind: 'instant' },
  ]
  const query = useFilters(filters)
  const columns: Column<Login>[] = [
    { id: 'at', header: t`When`, cell: ({ login_at }) => <Time at={login_at} /> },
    ...(others ? [{ id: 'user', header: t`User`, cell: ({ user }) => <UserLink id={user} /> } satisfies Column<Login>] : []),
    { id: 'agent', header: t`Browser and system`, cell: ({ user_agent }) => browserOf(user_agent), minor: true },
    { id: 'ip', header: t`IP address`, cell: ({ ip_address }) => ip_address || '–', minor: true },
    { id: 'way', header: t`Method`, cell: ({ auth_type }) => ways[auth_type] ?? auth_type, minor: true },
    { id: 'outcome', header: t`Outcome`, cell: (login) => <Outcome login={login} /> },
  ]
  return (
    <Page
      title={t`Sign-ins`}
      text={
        others ? t`Who signed in and who tried to, newest first.` : t`When you signed in, and who tried to with your address, newest first.`
      }
    >
      <Filters filters={filters} />
      <CursorList
        operation="GET /reeve/logins"
        given={{ query: { limit: 50, ...query } }}
        label={t`Sign-ins`}
        columns={columns}
        rowKey={({ id }) => id}
        detail={({ id, login_at, user_agent, ip_address, auth_type }) => (
          <Facts>
            <Fact term={t`Entry`}>{id}</Fact>
            <Fact term={t`When`}>
              <Time at={login_at} />
            </Fact>
            <Fact term={t`Browser and system`}>{browserOf(user_agent)}</Fact>
            <Fact term={t`IP address`}>{ip_address || '–'}</Fact>
            <Fact term={t`Method`}>{ways[auth_type] ?? auth_type}</Fact>
            <Fact term={t`User agent`}>{user_agent || '–'}</Fact>
          </Facts>
        )}
        empty={
          Object.keys(query).length > 0 ? (
            <EmptyState title={t`Nothing matches these filters`} text={t`Remove a filter to see more.`} />
          ) : (
            <EmptyState title={t`Nobody has signed in yet`} />
          )
        }
      />
    </Page>
  )
}

function UserLink({ id }: { id: number | null }) {
  const { t } = useLingui()
  if (id === null) return t`Unknown email`
  return (
    <Link to="/logins" search={{ user_id: String(id) }}>
      {id}
    </Link>
  )
}

function Outcome({ login: { is_successful, attempts } }: { login: Login }) {
  const { t } = useLingui()
  return (
    <>
      {is_successful ? <Status tone="good">{t`Signed in`}</Status> : <Status tone="warn">{t`Failed`}</Status>}
      {attempts > 1 && (
        <span className={styles.minor}>
          <Plural value={attempts} one="# attempt" other="# attempts" />
        </span>
      )}
    </>
  )
}
