import { useLingui } from '@lingui/react/macro'
import { Button, Group, Stack } from '@mantine/core'
import type { Question } from './confirm.tsx'
import { Dialog } from './Dialog.tsx'

export default function ConfirmDialog({ question, end }: { question: Question; end(yes: boolean): void }) {
  const { t } = useLingui()
  return (
    <Dialog opened onClose={() => end(false)} title={question.title}>
      <Stack>
        <div>{question.text}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => end(false)} data-autofocus>
            {t`Cancel`}
          </Button>
          <Button {...(question.danger && { color: 'red.9' })} onClick={() => end(true)}>
            {question.confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
