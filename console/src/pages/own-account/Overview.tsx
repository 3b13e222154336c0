/** The start page of an account's people: what stands, what is to be done, who is here. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { query } from '../../api/client.ts'
import { Page, Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { browserOf } from '../../lib/browser.ts'
import { isAdministrator, useCaller } from '../../lib/caller.ts'
import { number } from '../../lib/format.ts'
import { servicesOf } from '../../lib/services.ts'
import { productName, statusName, statusTone } from '../../lib/words.ts'
import styles from './own-account.module.css'
import { ToDos } from './ToDos.tsx'

export default function Overview() {
  const { t } = useLingui()
  const caller = useCaller()
  const { name, email, company } = caller
  const { data: client } = useQuery(query('GET /iam/clients/me', {}))
  return (
    <Page
      title={t`Overview`}
      text={
        <>
          <Trans>
            Welcome, <bdi>{name || email}</bdi>.
          </Trans>{' '}
          <bdi>{company}</bdi>
          {client && (
            <>
              {' '}
              <Status tone={statusTone(client.status)}>{statusName(client.status)}</Status>
            </>
          )}
        </>
      }
    >
      <ToDos />
      <div className={styles.grid}>
        <ServicesInUse />
        <div>
          {isAdministrator(caller) && <PeopleHere />}
          <LastSignIn />
        </div>
      </div>
    </Page>
  )
}

function ServicesInUse() {
  const { t } = useLingui()
  const { data: client, error, refetch } = useQuery(query('GET /iam/clients/me', {}))
  const used = client && servicesOf(client).filter(({ status }) => status !== 'new')
  const content = (): ReactNode => {
    if (error && !used) return <ErrorState error={error} retry={refetch} />
    if (!used) return <RowsSkeleton rows={4} />
    if (used.length === 0) return <Trans>No service is in use yet.</Trans>
    return (
      <ul className={styles.rows}>
        {used.map(({ product, status }) => (
          <li key={product}>
            {productName(product)}
            <Status tone={statusTone(status)}>{statusName(status)}</Status>
          </li>
        ))}
      </ul>
    )
  }
  return (
    <Section title={t`Services`} actions={<Link to="/services">{t`All services`}</Link>}>
      {content()}
    </Section>
  )
}

function PeopleHere() {
  const { t } = useLingui()
  const { data } = useQuery(query('GET /iam/users', { query: { limit: 1 } }))
  return (
    <Section title={t`People`} actions={<Link to="/members">{t`Manage people`}</Link>}>
      {data ? <span className={styles.number}>{number(data.count)}</span> : <RowsSkeleton rows={1} />}
    </Section>
  )
}

/** The one before this session's own. */
function LastSignIn() {
  const { t } = useLingui()
  const { user_id } = useCaller()
  const { data } = useQuery(query('GET /reeve/logins', { query: { limit: 20, user_id } }))
  const last = data?.results.filter(({ is_successful }) => is_successful)[1]
  return (
    <Section
      title={t`Last sign-in`}
      actions={
        <Link to="/profile" search={{ tab: 'sign-ins' }}>
          {t`All sign-ins`}
        </Link>
      }
    >
      {!data && <RowsSkeleton rows={1} />}
      {data && !last && <Trans>This is your first sign-in.</Trans>}
      {last && (
        <span>
          <Time at={last.login_at} /> · {browserOf(last.user_agent)} · {last.ip_address || '–'}
        </span>
      )}
    </Section>
  )
}
