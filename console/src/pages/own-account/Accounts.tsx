/** The accounts of the caller, to switch between, and another one of its own. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { query } from '../../api/client.ts'
import { changeSession } from '../../api/session.ts'
import type { User } from '../../api/types.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { isAdministrator, useActing, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { roleName } from '../../lib/words.ts'

const CreateAccount = lazy(() => import('./CreateAccount.tsx'))
type Row = User['client_and_roles'][number]

export function Accounts() {
  const { t } = useLingui()
  const caller = useCaller()
  const acting = useActing()
  const { data, error, refetch } = useQuery(query('GET /iam/users/me', {}))
  const [creates, setCreates] = useState(false)
  const [busy, setBusy] = useState<number>()

  const change = async (clientId: number) => {
    setBusy(clientId)
    try {
      await changeSession('/reeve/session/account', { client_id: clientId })
    } catch (failure) {
      setBusy(undefined)
      toast(explain(failure), { kind: 'failed' })
    }
  }
  const columns: Column<Row>[] = [
    { id: 'company', header: t`Company`, cell: ({ client_company_name }) => <bdi>{client_company_name}</bdi> },
    { id: 'id', header: t`Account ID`, cell: ({ client_id }) => client_id, minor: true },
    { id: 'role', header: t`Your role`, cell: ({ user_roles }) => roleName(user_roles[0]) },
    {
      id: 'switch',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: ({ client_id }) =>
        client_id === caller.client_id ? (
          <Status tone="good">{t`You are here`}</Status>
        ) : (
          <Button size="compact-sm" variant="default" loading={busy === client_id} onClick={() => change(client_id)}>
            <Trans>Switch</Trans>
          </Button>
        ),
    },
  ]
  return (
    <Section
      title={t`Your accounts`}
      text={<Trans>You work in one account at a time.</Trans>}
      actions={
        isAdministrator(caller) && (
          <Button variant="default" disabled={acting !== null} onClick={() => setCreates(true)}>
            <Trans>Create another account</Trans>
          </Button>
        )
      }
    >
      {data ? (
        <DataTable label={t`Your accounts`} columns={columns} rows={data.client_and_roles} rowKey={({ client_id }) => client_id} />
      ) : error ? (
        <ErrorState error={error} retry={refetch} />
      ) : (
        <RowsSkeleton rows={2} />
      )}
      <Suspense>{creates && <CreateAccount onClose={() => setCreates(false)} />}</Suspense>
    </Section>
  )
}
