/** Begins a provider as a draft: its kind, its name, and whom it is for. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import '@mantine/core/styles/Radio.css'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useSubmit } from '../../lib/act.ts'
import { type Kind, kindName, kinds } from './words.ts'

/** @param clientId account whose provider it will be; null for the reseller's own */
export default function AddProvider({ clientId, onClose }: { clientId: number | null; onClose(): void }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const [kind, setKind] = useState<Kind>('saml')
  const [name, setName] = useState('')
  const [forWhom, setForWhom] = useState({ for_staff: false, for_clients: true })
  const { busy, fields, rest, submit } = useSubmit(['kind', 'name'])
  const texts: Record<Kind, string> = {
    saml: t`Entra, Okta, Google Workspace, Keycloak, ADFS and most others`,
    oidc: t`Keycloak, Entra, Okta, Auth0 and other servers with an issuer`,
    google: t`Accounts of Google, without a server of your own`,
    github: t`GitHub, or a GitHub Enterprise Server`,
  }
  const add = async () => {
    const body = { kind, name: name.trim(), client_id: clientId, ...(clientId === null && forWhom) }
    await submit(async () => {
      const { id } = await api('POST /reeve/identity_providers', { body })
      await navigate({ to: '/identity_providers/$providerId', params: { providerId: String(id) } })
    })
  }
  return (
    <FormDialog
      title={t`Add an identity provider`}
      action={<Trans>Continue</Trans>}
      busy={busy}
      refusal={rest}
      closeOnClickOutside={false}
      disabled={clientId === null && !forWhom.for_staff && !forWhom.for_clients}
      onSubmit={add}
      onClose={onClose}
    >
      <Radio.Group label={t`Kind`} value={kind} onChange={(value) => setKind(value as Kind)} error={fields.kind}>
        <Stack gap="sm" mt="xs">
          {kinds.map((one) => (
            <Radio key={one} value={one} label={kindName(one)} description={texts[one]} />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        label={t`Name`}
        description={t`On the button of the sign-in page, such as “Aurora staff”.`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        maxLength={100}
        autoComplete="off"
        required
        data-autofocus
      />
      {clientId === null && (
        <Checkbox.Group
          label={t`Who signs in by it`}
          value={Object.entries(forWhom).flatMap(([key, chosen]) => (chosen ? [key] : []))}
          onChange={(chosen) => setForWhom({ for_staff: chosen.includes('for_staff'), for_clients: chosen.includes('for_clients') })}
        >
          <Stack gap="xs" mt="xs">
            <Checkbox value="for_staff" label={t`Staff`} />
            <Checkbox value="for_clients" label={t`Users of all accounts`} />
          </Stack>
        </Checkbox.Group>
      )}
    </FormDialog>
  )
}
