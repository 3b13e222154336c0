import { Trans, useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import type { Passkey } from '../../api/types.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { explain } from '../../lib/explain.ts'

export default function RenamePasskey({ passkey, onDone, onClose }: { passkey: Passkey; onDone(): unknown; onClose(): void }) {
  const { t } = useLingui()
  const [name, setName] = useState(passkey.name)
  const save = useMutation({
    mutationFn: () => api('PATCH /reeve/users/me/passkeys/{passkeyId}', { path: { passkeyId: passkey.id }, body: { name: name.trim() } }),
    onSuccess: async () => {
      await onDone()
      onClose()
    },
  })
  const submit = () => {
    save.mutate()
  }
  return (
    <FormDialog
      title={t`Rename the passkey`}
      action={<Trans>Save</Trans>}
      busy={save.isPending}
      refusal={undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={save.error && explain(save.error)}
        maxLength={255}
        data-autofocus
        required
      />
    </FormDialog>
  )
}
