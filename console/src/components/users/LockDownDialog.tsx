/** Asks why a user is locked down, and does it. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useSubmit } from '../../lib/act.ts'
import { FormDialog } from '../FormDialog.tsx'

export default function LockDownDialog({ user: { id, email }, onClose }: { user: { id: number; email: string }; onClose(): void }) {
  const { t } = useLingui()
  const [reason, setReason] = useState('')
  const { busy, fields, rest, submit } = useSubmit(['reason'])
  const lock = async () => {
    const change = () => api('POST /reeve/users/{userId}/lockdown', { path: { userId: id }, body: { reason: reason.trim() } })
    if (await submit(change, t`${email} is locked down.`)) onClose()
  }
  return (
    <FormDialog
      title={t`Lock down ${email}?`}
      action={<Trans>Lock down</Trans>}
      danger
      busy={busy}
      refusal={rest}
      closeOnClickOutside={false}
      onSubmit={lock}
      onClose={onClose}
    >
      <div>
        <Trans>
          Everything of theirs stops at once. Unblocked, their API tokens and passkeys work again only after they have signed in anew.
        </Trans>
      </div>
      <Textarea
        label={t`Reason`}
        description={t`It is mailed to them.`}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={fields.reason}
        maxLength={500}
        rows={2}
        data-autofocus
        required
      />
    </FormDialog>
  )
}
