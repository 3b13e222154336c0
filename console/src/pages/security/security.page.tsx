/** Who must have two-step verification, and what sellers may do to the sign-in of a user. Each switch takes effect at once. */
import { useLingui } from '@lingui/react/macro'
import { Skeleton, Stack, Switch } from '@mantine/core'
import '@mantine/core/styles/Switch.css'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Answer, api, query } from '../../api/client.ts'
import { confirm } from '../../components/confirm.tsx'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'

type Settings = Answer<'GET /reeve/resellers/me/security'>
const settings = query('GET /reeve/resellers/me/security', {})

interface Shown {
  name: keyof Settings
  label: string
  text: string
  /** Asked before it is switched on: it takes something from people. */
  warning?: string
}

export default function SecurityPage() {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(settings)
  const required: Shown[] = [
    {
      name: 'administrators_need_two_step',
      label: t`Administrators of accounts need two-step verification`,
      text: t`API tokens and sign-ins with a passkey keep working without it.`,
      warning: t`Administrators without it can do nothing but set it up, from their next request on.`,
    },
    {
      name: 'sellers_need_two_step',
      label: t`Sellers need two-step verification`,
      text: t`API tokens and sign-ins with a passkey keep working without it.`,
      warning: t`Sellers without it can do nothing but set it up, from their next request on.`,
    },
  ]
  const sellers: Shown[] = [
    {
      name: 'sellers_may_change_email',
      label: t`Sellers may change the email of a user`,
      text: t`The user confirms the new address by a link. Whoever reads that mailbox can then reset the password.`,
    },
    {
      name: 'sellers_may_reset_two_step',
      label: t`Sellers may switch off two-step verification of a user`,
      text: t`The user gets a link that does it, for instance after losing a phone.`,
    },
  ]
  return (
    <Page title={t`Security`} text={t`Changes apply from the next request.`}>
      {error && !data ? (
        <ErrorState error={error} retry={refetch} />
      ) : (
        <>
          <Section title={t`Two-step verification`}>
            <Switches shown={required} values={data} />
          </Section>
          <Section title={t`What sellers may do`}>
            <Switches shown={sellers} values={data} />
          </Section>
        </>
      )}
    </Page>
  )
}

function Switches({ shown, values }: { shown: Shown[]; values: Settings | undefined }) {
  const { t } = useLingui()
  const queries = useQueryClient()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (body: Partial<Settings>) => api('PATCH /reeve/resellers/me/security', { body }),
    onSuccess: (now) => {
      queries.setQueryData(settings.queryKey, now)
      toast(t`Saved`)
    },
    onError: (error) => toast(explain(error), { kind: 'failed' }),
  })
  if (!values) return <Skeleton height={90} />
  const change = async ({ name, label, warning }: Shown, checked: boolean) => {
    if (checked && warning && !(await confirm({ title: label, text: warning, confirm: t`Switch on` }))) return
    mutate({ [name]: checked })
  }
  return (
    <Stack>
      {shown.map((one) => (
        <Switch
          key={one.name}
          label={one.label}
          description={one.text}
          checked={(isPending ? variables[one.name] : undefined) ?? values[one.name]}
          disabled={isPending}
          onChange={({ currentTarget }) => change(one, currentTarget.checked)}
        />
      ))}
    </Stack>
  )
}
