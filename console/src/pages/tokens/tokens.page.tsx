/** The API tokens of the account: an Administrator's list has everybody's, anybody else's their own. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { Token } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { Page } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { useTokenColumns } from './columns.tsx'

const CreateToken = lazy(() => import('./CreateToken.tsx'))

export default function TokensPage() {
  const { t } = useLingui()
  const { client_id: clientId } = useCaller()
  const acting = useActing()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { show } = useSearch({ strict: false })
  const all = show === 'all'
  const [creates, setCreates] = useState(false)
  const list = query('GET /iam/v2/clients/{clientId}/tokens', { path: { clientId }, query: all ? {} : { deleted: 'false' } })
  const { data, error, refetch } = useQuery(list)
  const refresh = () => queries.invalidateQueries({ queryKey: [list.queryKey[0]] })

  const remove = async ({ id, name }: Token) => {
    const yes = await confirm({
      title: t`Delete the token “${name}”?`,
      text: t`Programs that use it stop working at once. Tokens created with it are deleted too.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (!yes) return
    try {
      await api('DELETE /iam/v2/clients/{clientId}/tokens/{tokenId}', { path: { clientId, tokenId: id } })
      toast(t`The token is deleted.`)
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
    await refresh()
  }
  const columns = useTokenColumns(remove)
  const rows = data?.filter(({ expired }) => all || !expired).sort((a, b) => Number(a.deleted) - Number(b.deleted) || b.id - a.id)
  const create = (
    <Button
      disabled={acting !== null}
      title={acting ? t`Tokens cannot be created while you act as somebody else.` : undefined}
      onClick={() => setCreates(true)}
    >
      <Trans>Create token</Trans>
    </Button>
  )
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!rows) return <RowsSkeleton />
    if (rows.length > 0) return <DataTable label={t`API tokens`} columns={columns} rows={rows} rowKey={({ id }) => id} />
    return (
      <EmptyState
        title={all ? t`No API tokens yet` : t`No active API tokens`}
        text={<Trans>A token lets a program or script use the API in your name, with a role that is no higher than yours.</Trans>}
      >
        {create}
      </EmptyState>
    )
  }
  return (
    <Page title={t`API tokens`} text={<Trans>For programs and scripts. Each is shown once, when it is created.</Trans>} actions={create}>
      <Checkbox
        mb="md"
        label={t`Show deleted and expired`}
        checked={all}
        onChange={({ currentTarget }) => navigate({ to: '.', search: currentTarget.checked ? { show: 'all' } : {}, replace: true })}
      />
      {content()}
      <Suspense>{creates && <CreateToken onCreated={refresh} onClose={() => setCreates(false)} />}</Suspense>
    </Page>
  )
}
