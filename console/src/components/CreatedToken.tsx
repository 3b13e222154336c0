/** Shows a new token, the one time that it can be shown. Closes only by its button, so that nobody loses the token by a click beside the dialog. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Stack } from '@mantine/core'
import { Copyable } from './Copyable.tsx'
import { Dialog } from './Dialog.tsx'

export function CreatedToken({ token, label, onClose }: { token: string; label: string; onClose(): void }) {
  const { t } = useLingui()
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
        <Copyable value={token} label={label} />
        <Group justify="flex-end">
          <Button onClick={onClose}>
            <Trans>I have copied it</Trans>
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
