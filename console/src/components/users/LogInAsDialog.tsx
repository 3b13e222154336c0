/** Asks why, for how long and how, then begins to act as somebody. The log of the account names who did it and the reason. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Checkbox, NativeSelect, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { query } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { changeSession } from '../../api/session.ts'
import { useSubmit } from '../../lib/act.ts'
import { FormDialog } from '../FormDialog.tsx'
import { Notice } from '../Notice.tsx'
import { Time } from '../Time.tsx'

/** Somebody in particular, or, without `userId`, the Administrator of the account. */
export interface Whom {
  name: string
  clientId?: number
  userId?: number
}

const durations = [5, 15, 30, 60]

export default function LogInAsDialog({ whom, onClose }: { whom: Whom; onClose(): void }) {
  const { t } = useLingui()
  const [reason, setReason] = useState('')
  const [duration, setDuration] = useState('30')
  const [readOnly, setReadOnly] = useState(true)
  const { busy, error, fields, rest, submit } = useSubmit(['reason', 'duration', 'read_only'])
  const { data: access } = useQuery({
    ...query('GET /reeve/clients/{clientId}/staff_access', { path: { clientId: whom.clientId ?? 0 } }),
    enabled: whom.clientId !== undefined,
  })
  const closed = access?.access === 'closed' || (error instanceof ApiError && error.code === 'account_closed')

  const begin = () => {
    void submit(() =>
      changeSession('/reeve/session/act_as', {
        ...(whom.userId === undefined ? { client_id: whom.clientId } : { user_id: whom.userId }),
        reason: reason.trim(),
        duration: Number(duration),
        read_only: readOnly,
      }),
    )
  }
  return (
    <FormDialog
      title={<bdi>{t`Log in as ${whom.name}`}</bdi>}
      action={<Trans>Log in</Trans>}
      busy={busy}
      refusal={closed ? undefined : rest}
      disabled={closed}
      onSubmit={begin}
      onClose={onClose}
    >
      {closed ? (
        <Notice tone="warn">
          <Trans>The account is closed to staff. One of its Administrators can open it under Account.</Trans>
        </Notice>
      ) : (
        <span>
          <Trans>You see and do what they can. Every request is in the log of the account, with your name and the reason.</Trans>
        </span>
      )}
      {access?.access === 'open' && access.until && (
        <Notice>
          <Trans>
            The account is open to staff until <Time at={access.until} />.
          </Trans>
        </Notice>
      )}
      <Textarea
        label={t`Reason`}
        description={t`For instance the number of the ticket.`}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={fields.reason}
        maxLength={500}
        rows={2}
        required
        data-autofocus
      />
      <NativeSelect
        label={t`Duration`}
        value={duration}
        onChange={(event) => setDuration(event.currentTarget.value)}
        error={fields.duration}
        data={durations.map((minutes) => ({ value: String(minutes), label: t`${minutes} minutes` }))}
      />
      <Checkbox
        label={t`Look only: nothing can be changed`}
        checked={readOnly}
        onChange={(event) => setReadOnly(event.currentTarget.checked)}
      />
    </FormDialog>
  )
}
