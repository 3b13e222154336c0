/** Asks for the name of a new preset, and whether others see it. */
import { useLingui } from '@lingui/react/macro'
import { Checkbox, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../../lib/explain.ts'
import { FormDialog } from '../FormDialog.tsx'

export function PresetDialog({ onSave, onClose }: { onSave(name: string, shared: boolean): Promise<void>; onClose(): void }) {
  const { t } = useLingui()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const { fields, rest } = fieldErrors(error, ['name'])
  async function submit({ currentTarget }: FormEvent<HTMLFormElement>) {
    const form = new FormData(currentTarget)
    setBusy(true)
    try {
      await onSave(String(form.get('name')).trim(), form.has('shared'))
      onClose()
    } catch (error) {
      setError(error)
      setBusy(false)
    }
  }
  return (
    <FormDialog title={t`Save this view as a preset`} action={t`Save`} busy={isBusy} refusal={rest} onSubmit={submit} onClose={onClose}>
      <TextInput
        name="name"
        label={t`Name`}
        description={t`It keeps filters, order and columns.`}
        required
        maxLength={80}
        data-autofocus
        error={fields.name}
      />
      <Checkbox name="shared" label={t`All staff see it`} />
    </FormDialog>
  )
}
