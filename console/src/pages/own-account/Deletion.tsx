/** The request to delete the account: made with a proof, and withdrawn. The provider's staff carry it out. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Alert, Button, Stack } from '@mantine/core'
import '@mantine/core/styles/Alert.css'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { Client } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { Section } from '../../components/Page.tsx'
import { Time } from '../../components/Time.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import styles from './own-account.module.css'

const ProofDialog = lazy(() => import('../../components/ProofDialog.tsx'))
const own = query('GET /iam/clients/me', {})

export function Deletion({ client }: { client: Client }) {
  const { t } = useLingui()
  const { email, company } = useCaller()
  const acting = useActing()
  const queries = useQueryClient()
  const [asks, setAsks] = useState(false)
  const [mailed, setMailed] = useState(false)
  const path = { clientId: client.id }
  // An account is paused while such a request runs, and only then.
  const requested = client.status === 'paused'

  const withdraw = async () => {
    const yes = await confirm({
      title: t`Withdraw the request?`,
      text: t`The account goes on as before.`,
      confirm: t`Withdraw`,
    })
    if (!yes) return
    try {
      await api('DELETE /reeve/clients/{clientId}/deletion_request', { path })
      toast(t`The request is withdrawn.`)
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
    await queries.invalidateQueries({ queryKey: own.queryKey })
  }
  if (requested)
    return (
      <Section title={t`Deletion`}>
        <Stack align="flex-start">
          <Alert color="red" role="status" title={t`Deletion of this account is requested`}>
            <Trans>The account is paused until your provider deletes it. Until then you can withdraw the request.</Trans>{' '}
            <Requester id={client.id} />
          </Alert>
          <Button onClick={withdraw}>
            <Trans>Withdraw the request</Trans>
          </Button>
        </Stack>
      </Section>
    )
  return (
    <Section title={t`Deletion`}>
      <Stack align="flex-start">
        <ul className={styles.list}>
          <li>
            <Trans>You request it here, and confirm that it is you.</Trans>
          </li>
          <li>
            <Trans>The account is paused at once, and your provider gets an email.</Trans>
          </li>
          <li>
            <Trans>Your provider deletes it. Then nobody signs in to it any more, and its API tokens stop working.</Trans>
          </li>
          <li>
            <Trans>Until then any Administrator can withdraw the request.</Trans>
          </li>
        </ul>
        {mailed && (
          <Alert color="blue" role="status">
            <Trans>An email is on its way to {email}. The link in it makes the request; it works once, for an hour.</Trans>
          </Alert>
        )}
        <Button color="red.9" disabled={acting !== null} onClick={() => setAsks(true)}>
          <Trans>Request deletion</Trans>
        </Button>
      </Stack>
      {asks && (
        <Suspense>
          <ProofDialog
            title={t`Request deletion of ${company}?`}
            text={<Trans>The account is paused at once. Confirm that it is you.</Trans>}
            confirm={t`Request deletion`}
            danger
            either
            run={async ({ password, one_time_password }) => {
              const body = one_time_password ? { one_time_password } : password ? { password } : {}
              const answer = await api('POST /reeve/clients/{clientId}/deletion_request', { path, body })
              if (answer.status === 'sent') setMailed(true)
              else toast(t`Deletion is requested.`)
              await queries.invalidateQueries({ queryKey: own.queryKey })
            }}
            onClose={() => setAsks(false)}
          />
        </Suspense>
      )}
    </Section>
  )
}

/** Who asked, and when, as the activity has it. */
function Requester({ id }: { id: number }) {
  const path = `/reeve/clients/${id}/deletion_request`
  const { data } = useQuery(
    query('GET /reeve/activity', { query: { affected_client_id: id, path, method: 'POST', status_code: 200, limit: 1 } }),
  )
  const entry = data?.results[0]
  if (!entry) return null
  const { user_email, requested_at } = entry
  return (
    <Trans>
      {user_email} asked for it on <Time at={requested_at} />.
    </Trans>
  )
}
