import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import type { Passkey } from '../../api/types.ts'
import { Dialog } from '../../components/Dialog.tsx'
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={t`Rename the passkey`}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t`Name`}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={save.error && explain(save.error)}
            maxLength={255}
            data-autofocus
            required
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={save.isPending}>
              <Trans>Save</Trans>
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
