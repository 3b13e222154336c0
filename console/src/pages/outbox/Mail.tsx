/** One mail of the outbox: what became of it, how it looks, and another attempt. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Skeleton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Copy } from '../../components/Copy.tsx'
import type { RowOf } from '../../components/CursorList.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { MailView } from '../../components/mail/MailView.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Time } from '../../components/Time.tsx'
import { explain } from '../../lib/explain.ts'
import { languages } from '../../lib/languages.ts'
import { mailName } from '../../lib/mails.ts'
import { toast } from '../../lib/toast.ts'
import styles from './outbox.module.css'

export function Mail({ entry }: { entry: RowOf<'GET /reeve/outbox'> }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const path = { id: entry.id }
  // Not read before it is asked for: reading is recorded, and shows a link that works.
  const read = useMutation({ mutationFn: () => api('GET /reeve/outbox/{id}', { path }) })
  const again = useMutation({
    mutationFn: () => api('POST /reeve/outbox/{id}/retry', { path }),
    onSuccess: () => {
      toast(t`The email is sent again now`)
      return queries.invalidateQueries()
    },
  })
  const { state, client_id, user_id, lang, attempts, next_attempt_at, sent_at, failed_at, last_error } = entry
  const error = again.error ?? read.error
  return (
    <div className={styles.mail}>
      <Facts>
        <Fact term={t`Number`}>{entry.id}</Fact>
        <Fact term={t`Kind of email`}>{mailName(entry.template)}</Fact>
        <Fact term={t`Reseller`}>{entry.reseller_id}</Fact>
        <Fact term={t`Language`}>{languages[lang]}</Fact>
        {client_id !== null && <Fact term={t`Account`}>{client_id}</Fact>}
        {user_id !== null && <Fact term={t`User`}>{user_id}</Fact>}
        <Fact term={t`Attempts`}>{attempts}</Fact>
        {sent_at && (
          <Fact term={t`Sent`}>
            <Time at={sent_at} />
          </Fact>
        )}
        {next_attempt_at && state === 'waiting' && (
          <Fact term={t`Next attempt`}>
            <Time at={next_attempt_at} />
          </Fact>
        )}
        {failed_at && (
          <Fact term={t`Given up`}>
            <Time at={failed_at} />
          </Fact>
        )}
        {last_error && <Fact term={t`What the mail server said`}>{last_error}</Fact>}
      </Facts>
      {error && <Notice tone="bad">{explain(error)}</Notice>}
      <Group gap="xs">
        {!read.data && (
          <Button size="compact-sm" variant="default" loading={read.isPending} onClick={() => read.mutate()}>
            <Trans>Show the email</Trans>
          </Button>
        )}
        {(state === 'waiting' || state === 'dead') && (
          <Button size="compact-sm" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
            <Trans>Send again now</Trans>
          </Button>
        )}
        {!read.data && (
          <small className={styles.minor}>
            <Trans>The activity log records who reads an email.</Trans>
          </small>
        )}
      </Group>
      {read.isPending && <Skeleton height={240} />}
      {read.data && (
        <>
          {read.data.link && (
            <Notice tone="warn">
              <Trans>
                There is no mail server, so this link reaches nobody else. Whoever opens it acts as the recipient; pass it on to them alone.
              </Trans>
              <Copy value={read.data.link} label={t`the link`} />
            </Notice>
          )}
          <p className={styles.subject}>
            <bdi>{read.data.subject}</bdi>
          </p>
          <MailView html={read.data.html} />
        </>
      )}
    </div>
  )
}
