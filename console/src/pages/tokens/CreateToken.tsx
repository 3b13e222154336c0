/** Creates a token, and shows it the one time that it can be shown. */
import { Trans, useLingui } from '@lingui/react/macro'
import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { CreatedToken } from '../../components/CreatedToken.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useCaller } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { roleName, roles } from '../../lib/words.ts'

const DAY = 86_400_000
type Expiry = '30' | '90' | '365' | 'date' | 'never'

/** The end of that day where the reader is. */
const endOf = (date: string) => new Date(`${date}T23:59:59`).toISOString()
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10)

export default function CreateToken({ onCreated, onClose }: { onCreated(): unknown; onClose(): void }) {
  const { t } = useLingui()
  const { client_id, role: own } = useCaller()
  const allowed = roles.slice(roles.findIndex(({ name }) => name === own)).map(({ name }) => name)
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [role, setRole] = useState<string>(allowed.at(-1) ?? 'Users')
  const [expiry, setExpiry] = useState<Expiry>('90')
  const [date, setDate] = useState('')

  const expDate = () => {
    if (expiry === 'never') return null
    return expiry === 'date' ? endOf(date) : new Date(Date.now() + Number(expiry) * DAY).toISOString()
  }
  const create = useMutation({
    mutationFn: () =>
      api('POST /iam/v2/clients/{clientId}/tokens', {
        path: { clientId: client_id },
        body: { name: name.trim(), description: description.trim(), exp_date: expDate(), client_user: { role: { name: role } } },
      }),
    onSuccess: onCreated,
  })
  const { fields, rest } = fieldErrors(create.error, ['name', 'description', 'exp_date', 'role'])
  const submit = () => {
    create.mutate()
  }
  if (create.data) return <CreatedToken token={create.data.token} label={t`API token`} onClose={onClose} />
  return (
    <FormDialog
      title={t`Create token`}
      action={<Trans>Create token</Trans>}
      busy={create.isPending}
      refusal={rest}
      closeOnClickOutside={false}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        placeholder={t`For instance: nightly backup`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        maxLength={255}
        data-autofocus
        required
      />
      <Textarea
        label={t`Description`}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={fields.description}
        maxLength={1000}
        rows={2}
      />
      <NativeSelect
        label={t`Role`}
        description={t`No higher than your own. Choose the lowest that does.`}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
        error={fields.role}
        data={allowed.map((value) => ({ value, label: roleName(value) }))}
      />
      <NativeSelect
        label={t`Expires`}
        description={expiry === 'never' ? t`A token that never expires works until somebody deletes it.` : undefined}
        value={expiry}
        onChange={(event) => setExpiry(event.currentTarget.value as Expiry)}
        error={fields.exp_date}
        data={[
          { value: '30', label: t`In 30 days` },
          { value: '90', label: t`In 90 days` },
          { value: '365', label: t`In a year` },
          { value: 'date', label: t`On a date` },
          { value: 'never', label: t`Never` },
        ]}
      />
      {expiry === 'date' && (
        <TextInput
          label={t`Last day`}
          type="date"
          min={today()}
          value={date}
          onChange={(event) => setDate(event.currentTarget.value)}
          required
        />
      )}
    </FormDialog>
  )
}
