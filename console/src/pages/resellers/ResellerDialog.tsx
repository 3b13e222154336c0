/** Creates a reseller, or renames one. */
import { useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useSubmit } from '../../lib/act.ts'
import type { Reseller } from './resellers.page.tsx'

export default function ResellerDialog({ reseller, onClose }: { reseller: Reseller | undefined; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState(reseller?.name ?? '')
  const [email, setEmail] = useState('')
  const { busy, fields, rest, submit } = useSubmit(['name', 'email'])
  const save = async () => {
    const done = await submit(
      () =>
        reseller
          ? api('PATCH /reeve/resellers/{resellerId}', { path: { resellerId: reseller.id }, body: { name } })
          : api('POST /reeve/resellers', { body: { name, email: email.trim() } }),
      reseller ? t`Saved` : t`The reseller was created; ${email} gets a link to set a password`,
    )
    if (done) onClose()
  }
  return (
    <FormDialog
      title={reseller ? t`Rename ${reseller.name}` : t`Create reseller`}
      action={reseller ? t`Save` : t`Create`}
      busy={busy}
      refusal={rest}
      noValidate
      onSubmit={save}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        error={fields.name}
        required
        data-autofocus
      />
      {!reseller && (
        <TextInput
          label={t`Email`}
          description={t`Its first user, who gets a link to set a password. The link works for 24 hours.`}
          type="email"
          value={email}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          error={fields.email}
          required
        />
      )}
    </FormDialog>
  )
}
