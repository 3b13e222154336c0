/** Creates a token of the directory, and shows it the one time that it can be shown. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Copyable } from '../../components/Copyable.tsx'
import { Dialog } from '../../components/Dialog.tsx'
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
  if (create.data)
    return (
      <Dialog
        opened
        onClose={onClose}
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
        title={t`The token is created`}
        size="lg"
      >
        <Stack>
          <span>
            <Trans>Copy it now: it is not shown again. Keep it as you keep passwords.</Trans>
          </span>
          <Copyable value={create.data.token} label={t`Token`} />
          <Group justify="flex-end">
            <Button onClick={onClose}>
              <Trans>I have copied it</Trans>
            </Button>
          </Group>
        </Stack>
      </Dialog>
    )
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
