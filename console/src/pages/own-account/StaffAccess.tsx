/** The switch that closes the account to the provider's staff, or opens it for a time. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { Section } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Time } from '../../components/Time.tsx'
import { useActing, useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'

type Change = { access: 'open' | 'closed'; hours?: 1 | 24 | 72 }

export function StaffAccess() {
  const { t } = useLingui()
  const { client_id: clientId } = useCaller()
  const acting = useActing()
  const queries = useQueryClient()
  const state = query('GET /reeve/clients/{clientId}/staff_access', { path: { clientId } })
  const { data, error, refetch } = useQuery(state)
  const save = useMutation({
    mutationFn: (body: Change) => api('PUT /reeve/clients/{clientId}/staff_access', { path: { clientId }, body }),
    onSuccess: (now) => {
      queries.setQueryData(state.queryKey, now)
      toast(now.access === 'closed' ? t`The account is closed to staff.` : t`The account is open to staff.`)
    },
    onError: (failure) => toast(explain(failure), { kind: 'failed' }),
  })
  const close = async () => {
    const yes = await confirm({
      title: t`Close the account to staff?`,
      text: t`Staff who are logged in as somebody here are logged out at once. Support cannot look at your account until you open it again.`,
      confirm: t`Close`,
    })
    if (yes) save.mutate({ access: 'closed' })
  }
  const open = (label: string, hours?: 1 | 24 | 72) => (
    <Button
      variant="default"
      loading={save.isPending}
      disabled={acting !== null}
      onClick={() => save.mutate({ access: 'open', ...(hours && { hours }) })}
    >
      {label}
    </Button>
  )
  const content = () => {
    if (error && !data) return <ErrorState error={error} retry={refetch} />
    if (!data) return <RowsSkeleton rows={2} />
    const closed = data.access === 'closed'
    return (
      <Stack align="flex-start">
        <span>
          {closed ? <Status tone="good">{t`Closed to staff`}</Status> : <Status tone="info">{t`Open to staff`}</Status>}{' '}
          {closed && <Trans>Nobody of your provider can log in as somebody of this account.</Trans>}
          {!closed && !data.until && <Trans>Staff can log in as an Administrator of this account. They must give a reason.</Trans>}
          {!closed && data.until && (
            <Trans>
              It closes by itself <Time at={data.until} ago />.
            </Trans>
          )}
        </span>
        <Group>
          {!closed && (
            <Button loading={save.isPending} disabled={acting !== null} onClick={close}>
              <Trans>Close to staff</Trans>
            </Button>
          )}
          {open(t`Open for 1 hour`, 1)}
          {open(t`Open for 24 hours`, 24)}
          {open(t`Open for 72 hours`, 72)}
          {(closed || data.until) && open(t`Open without an end`)}
        </Group>
      </Stack>
    )
  }
  return (
    <Section
      title={t`Staff access`}
      text={
        <Trans>Your provider’s staff can log in as you to help. You decide whether, and for how long. Whatever they do is recorded.</Trans>
      }
    >
      {content()}
    </Section>
  )
}
