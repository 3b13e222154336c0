/** The caller's passkeys. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Alert, Button, Group, VisuallyHidden } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { Passkey } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useActing } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { passkeysSupported } from './passkey.ts'

const AddPasskey = lazy(() => import('./AddPasskey.tsx'))
const RenamePasskey = lazy(() => import('./RenamePasskey.tsx'))
const list = query('GET /reeve/users/me/passkeys', {})

export function Passkeys() {
  const { t } = useLingui()
  const acting = useActing()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(list)
  const { data: brand } = useQuery({ ...query('GET /reeve/session/brand', {}), staleTime: 60_000 })
  const [dialog, setDialog] = useState<'add' | Passkey>()
  const refresh = () => queries.invalidateQueries({ queryKey: list.queryKey })

  const remove = async ({ id, name }: Passkey) => {
    const yes = await confirm({
      title: t`Delete the passkey “${name}”?`,
      text: t`Nobody signs in with it any more. Delete it in your browser or key manager too, which still offers it.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (!yes) return
    try {
      await api('DELETE /reeve/users/me/passkeys/{passkeyId}', { path: { passkeyId: id } })
      toast(t`The passkey is deleted.`)
      await refresh()
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
  }
  const columns: Column<Passkey>[] = [
    { id: 'name', header: t`Name`, cell: ({ name }) => <bdi>{name}</bdi> },
    {
      id: 'kind',
      header: t`Where it works`,
      cell: ({ backed_up, rp_id }) => (
        <>
          {backed_up ? <Trans>All your devices</Trans> : <Trans>One device</Trans>} · {rp_id}
        </>
      ),
      minor: true,
    },
    { id: 'created', header: t`Added`, cell: ({ created_at }) => <Time at={created_at} ago />, minor: true },
    {
      id: 'used',
      header: t`Last used`,
      cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} ago /> : <Trans>Never</Trans>),
    },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (passkey) => (
        <Group gap="xs" justify="flex-end">
          <Button size="compact-sm" variant="default" disabled={acting !== null} onClick={() => setDialog(passkey)}>
            <Trans>Rename</Trans>
          </Button>
          <Button size="compact-sm" variant="default" disabled={acting !== null} onClick={() => remove(passkey)}>
            <Trans>Delete</Trans>
          </Button>
        </Group>
      ),
    },
  ]
  const possible = brand?.passkeys !== false && passkeysSupported()
  const add = (
    <Button disabled={acting !== null || !possible} onClick={() => setDialog('add')}>
      <Trans>Add a passkey</Trans>
    </Button>
  )
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton rows={3} />
    if (data.length > 0) return <DataTable label={t`Passkeys`} columns={columns} rows={data} rowKey={({ id }) => id} />
    return (
      <EmptyState
        title={t`No passkeys yet`}
        text={
          <Trans>
            With a passkey you sign in by fingerprint, face or PIN instead of password and code. Nobody can trick you into giving it away.
          </Trans>
        }
      >
        {add}
      </EmptyState>
    )
  }
  return (
    <Section title={t`Passkeys`} actions={data && data.length > 0 ? add : undefined}>
      {!possible && (
        <Alert color="yellow">
          <Trans>Passkeys cannot be added here: they need a current browser and a secure (https) address of this service.</Trans>
        </Alert>
      )}
      {content()}
      <Suspense>
        {dialog === 'add' && <AddPasskey onDone={refresh} onClose={() => setDialog(undefined)} />}
        {dialog && dialog !== 'add' && <RenamePasskey passkey={dialog} onDone={refresh} onClose={() => setDialog(undefined)} />}
      </Suspense>
    </Section>
  )
}
