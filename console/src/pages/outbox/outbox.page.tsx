/** The outbox, for operators: every mail with how it stands, as it looks, and sent again. */
import { useLingui } from '@lingui/react/macro'
import { CursorList, type RowOf } from '../../components/CursorList.tsx'
import type { Column } from '../../components/DataTable.tsx'
import { type Filter, Filters, useFilters } from '../../components/filters/Filters.tsx'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useCaller } from '../../lib/caller.ts'
import { mailName, mailNames, mailStates, mailTones } from '../../lib/mails.ts'
import { Mail } from './Mail.tsx'
import styles from './outbox.module.css'

type Entry = RowOf<'GET /reeve/outbox'>

export default function OutboxPage() {
  const { t } = useLingui()
  const { kind } = useCaller()
  if (kind !== 'platform')
    return (
      <Page title={t`Outbox`}>
        <EmptyState
          title={t`Only the platform’s operators may read the outbox`}
          text={t`Emails contain links with which somebody could sign in. The dashboard has the number of emails that wait or could not be sent.`}
        />
      </Page>
    )
  return <Outbox />
}

function Outbox() {
  const { t } = useLingui()
  const states = mailStates()
  const filters: Filter[] = [
    { name: 'state', label: t`State`, kind: 'choice', choices: states },
    { name: 'recipient', label: t`Recipient contains`, kind: 'text' },
    { name: 'template', label: t`Kind of email`, kind: 'choice', choices: mailNames() },
    { name: 'reseller_id', label: t`Reseller`, kind: 'id' },
  ]
  const query = useFilters(filters)
  const columns: Column<Entry>[] = [
    { id: 'at', header: t`Written`, cell: ({ created_at }) => <Time at={created_at} /> },
    { id: 'recipient', header: t`Recipient`, cell: ({ recipient }) => <bdi>{recipient}</bdi> },
    { id: 'template', header: t`Kind of email`, cell: ({ template }) => mailName(template), minor: true },
    { id: 'reseller', header: t`Reseller`, cell: ({ reseller_id }) => reseller_id, minor: true },
    {
      id: 'state',
      header: t`State`,
      cell: ({ state, last_error }) => (
        <>
          <Status tone={mailTones[state]}>{states[state]}</Status>
          {last_error && state !== 'sent' && <span className={styles.minor}>{last_error}</span>}
        </>
      ),
    },
  ]
  return (
    <Page title={t`Outbox`} text={t`Emails that were sent, that wait, and that could not be sent, newest first.`}>
      <Filters filters={filters} />
      <CursorList
        operation="GET /reeve/outbox"
        given={{ query: { limit: 50, ...query } }}
        label={t`Outbox`}
        columns={columns}
        rowKey={({ id }) => id}
        detail={(entry) => <Mail entry={entry} />}
        empty={
          Object.keys(query).length > 0 ? (
            <EmptyState title={t`Nothing matches these filters`} text={t`Remove a filter to see more.`} />
          ) : (
            <EmptyState
              title={t`No email has been written yet`}
              text={t`Invitations, links to reset a password and notices appear here.`}
            />
          )
        }
      />
    </Page>
  )
}
