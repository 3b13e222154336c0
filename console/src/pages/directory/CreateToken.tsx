/** Creates a token of the directory, and shows it the one time that it can be shown. */
import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { CreatedToken } from '../../components/CreatedToken.tsx'
import { FormDialog } from '../../components/FormDialog.tsx'
import { fieldErrors } from '../../lib/explain.ts'

export default function CreateToken({ onCreated, onClose }: { onCreated(): unknown; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => api('POST /reeve/scim_tokens', { body: { name: name.trim() } }),
    onSuccess: onCreated,
  })
  const { fields, rest } = fieldErrors(create.error, ['name'])
  if (create.data) return <CreatedToken token={create.data.token} label={t`Token`} onClose={onClose} />
  return (
    <FormDialog
      title={t`Create token`}
      action={<Trans>Create token</Trans>}
      busy={create.isPending}
      refusal={rest}
      closeOnClickOutside={false}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        placeholder={t`For instance: Entra`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fields.name}
        maxLength={255}
        data-autofocus
        required
      />
    </FormDialog>
  )
}
