/** Asks for the name of a new preset, and whether others see it. */
import { useLingui } from '@lingui/react/macro'
import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../../lib/explain.ts'
import { Dialog } from '../Dialog.tsx'

export function PresetDialog({ onSave, onClose }: { onSave(name: string, shared: boolean): Promise<void>; onClose(): void }) {
  const { t } = useLingui()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const { fields, rest } = error === undefined ? { fields: {} as Record<string, string>, rest: undefined } : fieldErrors(error, ['name'])
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
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
    <Dialog opened onClose={onClose} title={t`Save this view as a preset`}>
      <form onSubmit={submit}>
        <Stack>
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
          {rest && <p role="alert">{rest}</p>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t`Cancel`}</Button>
            <Button type="submit" loading={isBusy}>{t`Save`}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
