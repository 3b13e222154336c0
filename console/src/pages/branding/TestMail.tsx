/** Sends the reader a test mail and says what came of it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'

/** @param unsaved the test is of what is stored, so what was typed is saved first */
export function TestMail({ unsaved }: { unsaved: boolean }) {
  const { t } = useLingui()
  const { email } = useCaller()
  const { mutate, isPending, data, error } = useMutation({ mutationFn: () => api('POST /reeve/branding/test_mail', {}) })
  return (
    <Section title={t`Test`} text={t`Sends an email to ${email} at once and shows what the mail server says.`}>
      <Group>
        <Button variant="default" loading={isPending} disabled={unsaved} onClick={() => mutate()}>
          <Trans>Send test email</Trans>
        </Button>
        {unsaved && <Trans>Save first: the test uses what is saved.</Trans>}
        <span role="status">
          {!isPending && data?.status === 'sent' && <Status tone="good">{t`The mail server took the email to ${data.recipient}`}</Status>}
          {!isPending && data?.status === 'kept' && (
            <Status tone="warn">{t`There is no mail server yet, so the email stays in the outbox`}</Status>
          )}
        </span>
      </Group>
      {error && !isPending && (
        <Notice tone="bad">
          {error instanceof ApiError && error.code === 'mail_server_failed' ? (
            <>
              <Trans>The email could not be sent. What went wrong:</Trans> <span lang="en">{error.message}</span>
            </>
          ) : (
            explain(error)
          )}
        </Notice>
      )}
    </Section>
  )
}
