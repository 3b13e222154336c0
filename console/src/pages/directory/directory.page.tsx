/** The directory that keeps people by SCIM: the address to enter there, its tokens, what came last and what failed. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { type Answer, api, query } from '../../api/client.ts'
import { Copyable } from '../../components/Copyable.tsx'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { EmptyState, ErrorState, NotFound, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useAct } from '../../lib/act.ts'
import { isAdministrator, isStaff, useActing, useCaller } from '../../lib/caller.ts'
import styles from './directory.module.css'

type Token = Answer<'GET /reeve/scim_tokens'>[number]
type Request = Answer<'GET /reeve/scim_requests'>[number]

const CreateToken = lazy(() => import('./CreateToken.tsx'))
const MOST = 2

export default function DirectoryPage() {
  const { t } = useLingui()
  const caller = useCaller()
  if (caller.kind === 'seller' || (!isStaff(caller) && !isAdministrator(caller))) return <NotFound />
  return (
    <Page
      title={t`Directory sync`}
      text={
        <Trans>A directory such as Entra or Okta keeps your people by SCIM. Whoever is deactivated there is signed out here at once.</Trans>
      }
    >
      <Address />
      <Tokens />
      <Requests />
    </Page>
  )
}

function Address() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(query('GET /reeve/scim_directory', {}))
  return (
    <Section title={t`Address`} text={<Trans>Enter it in the directory, with a token.</Trans>}>
      {error && !data ? (
        <ErrorState error={error} retry={refetch} />
      ) : data ? (
        <Copyable value={data.url} label={t`Address`} />
      ) : (
        <RowsSkeleton rows={1} />
      )}
    </Section>
  )
}

function Tokens() {
  const { t } = useLingui()
  const acting = useActing()
  const { act } = useAct()
  const [creates, setCreates] = useState(false)
  const { data, error, refetch } = useQuery(query('GET /reeve/scim_tokens', {}))
  const remove = async ({ id, name }: Token) => {
    const yes = await confirm({
      title: t`Delete the token “${name}”?`,
      text: t`The directory that uses it can change nothing any more.`,
      confirm: t`Delete`,
      danger: true,
    })
    if (yes) await act(() => api('DELETE /reeve/scim_tokens/{tokenId}', { path: { tokenId: id } }), t`The token is deleted.`)
  }
  const columns: Column<Token>[] = [
    { id: 'name', header: t`Name`, cell: ({ name }) => <bdi>{name}</bdi> },
    {
      id: 'used',
      header: t`Last used`,
      cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} ago /> : <Trans>Never</Trans>),
      minor: true,
    },
    { id: 'creator', header: t`Created by`, cell: ({ created_by_email }) => <bdi>{created_by_email}</bdi>, minor: true },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (token) => (
        <Button size="compact-sm" variant="default" onClick={() => remove(token)} aria-label={t`Delete the token “${token.name}”`}>
          <Trans>Delete</Trans>
        </Button>
      ),
    },
  ]
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton rows={2} />
    if (data.length > 0) return <DataTable label={t`Tokens`} columns={columns} rows={data} rowKey={({ id }) => id} />
    return <EmptyState title={t`No tokens yet`} text={<Trans>The directory proves by a token that it may keep your people.</Trans>} />
  }
  return (
    <Section
      title={t`Tokens`}
      text={<Trans>Two at most, so that one can replace the other.</Trans>}
      actions={
        <Button disabled={acting !== null || !data || data.length >= MOST} onClick={() => setCreates(true)}>
          <Trans>Create token</Trans>
        </Button>
      }
    >
      {content()}
      <Suspense>{creates && <CreateToken onCreated={refetch} onClose={() => setCreates(false)} />}</Suspense>
    </Section>
  )
}

function Requests() {
  const { t } = useLingui()
  const navigate = useNavigate()
  const failed = useSearch({ strict: false }).show === 'failed'
  const { data, error, refetch } = useQuery({
    ...query('GET /reeve/scim_requests', { query: failed ? { failed: true } : {} }),
    refetchInterval: 10_000,
  })
  const columns: Column<Request>[] = [
    { id: 'at', header: t`Time`, cell: ({ requested_at }) => <Time at={requested_at} ago /> },
    {
      id: 'what',
      header: t`Request`,
      cell: ({ method, path, detail }) => (
        <>
          <code className={styles.path}>
            {method} {path.replace('/scim/v2', '')}
          </code>
          {detail && <p className={styles.detail}>{detail}</p>}
        </>
      ),
    },
    { id: 'status', header: t`Status`, cell: ({ status }) => <Status tone={status < 400 ? 'good' : 'bad'}>{String(status)}</Status> },
    { id: 'token', header: t`Token`, cell: ({ token }) => <bdi>{token}</bdi>, minor: true },
  ]
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton />
    if (data.length > 0) return <DataTable label={t`What came last`} columns={columns} rows={data} rowKey={({ id }) => id} />
    return failed ? (
      <EmptyState title={t`Nothing failed`} text={<Trans>Requests of the directory that fail are shown here, with the reason.</Trans>} />
    ) : (
      <EmptyState title={t`Nothing yet`} text={<Trans>Changes by the directory are shown here, and what failed.</Trans>} />
    )
  }
  return (
    <Section title={t`What came last`}>
      <Checkbox
        mb="md"
        label={t`Only what failed`}
        checked={failed}
        onChange={({ currentTarget }) => navigate({ to: '.', search: currentTarget.checked ? { show: 'failed' } : {}, replace: true })}
      />
      {content()}
    </Section>
  )
}
