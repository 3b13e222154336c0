/** A dialog that is a form: its fields, why it was refused as a whole, and its two buttons. */
import { Trans } from '@lingui/react/macro'
import { Button, Group, type ModalProps, Stack } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Dialog } from './Dialog.tsx'
import { Notice } from './Notice.tsx'

interface Props extends Pick<ModalProps, 'title' | 'onClose' | 'closeOnClickOutside'> {
  /** The word on the button, a verb. */
  action: ReactNode
  danger?: boolean
  disabled?: boolean
  busy: boolean
  refusal: ReactNode
  /** Leaves it to the server to say what is wrong with a field. */
  noValidate?: boolean
  onSubmit(event: FormEvent<HTMLFormElement>): void
  children: ReactNode
}

export function FormDialog(props: Props) {
  const { action, danger = false, disabled = false, busy, refusal, noValidate = false, onSubmit, children, ...dialog } = props
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onSubmit(event)
  }
  return (
    <Dialog opened {...dialog}>
      <form onSubmit={submit} noValidate={noValidate}>
        <Stack>
          {children}
          <Notice tone="bad">{refusal}</Notice>
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={busy} disabled={disabled} {...(danger && { color: 'red.9' })}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
