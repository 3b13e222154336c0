/** API tokens of the account: who holds them, when they were used and when they end. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { Token } from '../../api/types.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Page.tsx'
import { Status, type Tone } from '../../components/Status.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useAct } from '../../lib/act.ts'
import { roleName } from '../../lib/words.ts'
import type { Account } from './account.ts'

/** A token that ends this soon is marked. */
const SOON = 7 * 86_400_000

export default function Tokens({ account }: { account: Account }) {
  const { t } = useLingui()
  const path = { clientId: account.id }
  const { data, error, refetch } = useQuery(query('GET /iam/clients/{clientId}/tokens', { path }))
  const [all, setAll] = useState(false)
  const { busy, act } = useAct()
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton />

  const stateOf = ({ deleted, expired, exp_date }: Token): [Tone, string] => {
    if (deleted) return ['bad', t`Deleted`]
    if (expired) return ['quiet', t`Expired`]
    if (exp_date !== null && new Date(exp_date).getTime() - Date.now() < SOON) return ['warn', t`Ends soon`]
    return ['good', t`Active`]
  }
  const remove = async ({ id, name }: Token) => {
    const yes = await confirm({
      title: t`Delete the token “${name}”?`,
      text: t`Programs that use it stop working at once. Tokens created with it are deleted too.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (yes)
      await act(() => api('DELETE /iam/clients/{clientId}/tokens/{tokenId}', { path: { ...path, tokenId: id } }), t`${name} is deleted.`)
  }
  const isLive = ({ deleted, expired }: Token) => !deleted && !expired
  const rows = data.filter((token) => all || isLive(token))
  const columns: Column<Token>[] = [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ name, description }) => (
        <>
          <bdi>{name}</bdi>
          {description && <div style={{ color: 'var(--mantine-color-dimmed)' }}>{description}</div>}
        </>
      ),
    },
    {
      id: 'state',
      header: t`Status`,
      cell: (token) => {
        const [tone, text] = stateOf(token)
        return <Status tone={tone}>{text}</Status>
      },
    },
    {
      id: 'issuer',
      header: t`Issued by`,
      cell: ({ client_user: { user_email, deleted } }) => <bdi>{deleted ? <s>{user_email}</s> : user_email}</bdi>,
      minor: true,
    },
    { id: 'role', header: t`Role`, cell: ({ client_user }) => roleName(client_user.role.name), minor: true },
    { id: 'used', header: t`Last used`, cell: ({ last_usage }) => <Time at={last_usage} ago /> },
    { id: 'ends', header: t`Ends`, cell: ({ exp_date }) => (exp_date === null ? t`Never` : <Time at={exp_date} />) },
    {
      id: 'delete',
      header: t`Change`,
      end: true,
      cell: (token) =>
        isLive(token) &&
        account.mayChange && (
          <Button variant="default" size="compact-sm" disabled={busy} onClick={() => remove(token)} aria-label={t`Delete ${token.name}`}>
            <Trans>Delete</Trans>
          </Button>
        ),
    },
  ]
  return (
    <Section
      title={t`API tokens`}
      actions={
        data.some((token) => !isLive(token)) && (
          <Checkbox label={t`Show deleted and expired`} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
        )
      }
    >
      {rows.length === 0 ? (
        <EmptyState title={t`No active API tokens`} text={t`People of the account make their own tokens under API tokens.`} />
      ) : (
        <DataTable label={t`API tokens`} columns={columns} rows={rows} rowKey={({ id }) => id} />
      )}
    </Section>
  )
}
