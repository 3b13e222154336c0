/** The identities that the caller signs in with at other systems: linked, shown and unlinked. */
import { t as translate } from '@lingui/core/macro'
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, VisuallyHidden } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type Answer, api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useActing } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import styles from './profile.module.css'

type Identity = Answer<'GET /reeve/identities'>[number]

const list = query('GET /reeve/identities', {})

export function Identities() {
  const { t } = useLingui()
  const acting = useActing()
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(list)
  const { data: providers = [] } = useQuery({ ...query('GET /reeve/sso/providers', {}), staleTime: 60_000 })
  const { sso, sso_error: refused } = useSearch({ strict: false })
  const navigate = useNavigate()

  const link = async (providerId: number) => {
    try {
      const { url } = await api('POST /reeve/identities', { body: { provider_id: providerId } })
      location.assign(url)
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
  }
  const unlink = async ({ id, provider: { name } }: Identity) => {
    const yes = await confirm({
      title: t`Unlink ${name}?`,
      text: t`You no longer sign in with it. You can link it again later.`,
      confirm: t`Unlink`,
      danger: true,
    })
    if (!yes) return
    try {
      await api('DELETE /reeve/identities/{identityId}', { path: { identityId: id } })
      toast(t`The identity is unlinked.`)
      await queries.invalidateQueries({ queryKey: list.queryKey })
      if (sso !== undefined || refused !== undefined) await navigate({ to: '.', search: { tab: 'identities' } as never, replace: true })
    } catch (failure) {
      toast(explain(failure), { kind: 'failed' })
    }
  }
  const columns: Column<Identity>[] = [
    {
      id: 'provider',
      header: t`Identity provider`,
      cell: ({ provider, email }) => (
        <>
          <bdi>{provider.name}</bdi>
          {email && (
            <div className={styles.email}>
              <bdi>{email}</bdi>
            </div>
          )}
        </>
      ),
    },
    { id: 'linked', header: t`Linked`, cell: ({ created_at }) => <Time at={created_at} ago />, minor: true },
    {
      id: 'used',
      header: t`Last used`,
      cell: ({ last_used_at }) => (last_used_at ? <Time at={last_used_at} ago /> : <Trans>Never</Trans>),
      minor: true,
    },
    {
      id: 'actions',
      header: <VisuallyHidden>{t`Actions`}</VisuallyHidden>,
      end: true,
      cell: (identity) => (
        <Button size="compact-sm" variant="default" disabled={acting !== null} onClick={() => unlink(identity)}>
          <Trans>Unlink</Trans>
        </Button>
      ),
    },
  ]
  const offered = providers.filter(({ id }) => !data?.some(({ provider }) => provider.id === id))
  const links = offered.length > 0 && (
    <Group gap="xs">
      {offered.map(({ id, name }) => (
        <Button
          key={id}
          variant="default"
          classNames={{ root: styles.link ?? '', label: styles.linkText ?? '' }}
          disabled={acting !== null}
          onClick={() => link(id)}
        >
          <bdi>{t`Link ${name}`}</bdi>
        </Button>
      ))}
    </Group>
  )
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton rows={3} />
    if (data.length > 0) return <DataTable label={t`Linked identities`} columns={columns} rows={data} rowKey={({ id }) => id} />
    return (
      <EmptyState
        title={t`No linked identities`}
        text={
          <Trans>With a linked identity you sign in by the identity provider of your company, without a password of this service.</Trans>
        }
      >
        {links}
      </EmptyState>
    )
  }
  return (
    <Section title={t`Linked identities`} actions={data && data.length > 0 ? links : undefined}>
      {refused !== undefined && <Notice tone="bad">{reasonOf(String(refused))}</Notice>}
      {sso === 'linked' && data && (
        <Notice>
          <Trans>The identity is linked. Sign in with it next time.</Trans>
        </Notice>
      )}
      {content()}
    </Section>
  )
}

const reasonOf = (code: string) => {
  if (code === 'taken') return translate`This identity is linked already, to you or to another user.`
  if (code === 'not_allowed') return translate`You may not link an identity of this provider.`
  return translate`The identity provider did not sign you in. Try again, or ask whoever manages it.`
}
