/** A dialog that takes the password and, where two-step verification is on, a code, for an operation that wants them in its body. */
import { useLingui } from '@lingui/react/macro'
import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { query } from '../api/client.ts'
import { useCaller } from '../lib/caller.ts'
import { fieldErrors } from '../lib/explain.ts'
import { FormDialog } from './FormDialog.tsx'
import { SecretInput } from './SecretInput.tsx'

export interface Said {
  password: string
  one_time_password: string
}

interface Props {
  title: string
  text: ReactNode
  /** The word on the button, a verb. */
  confirm: string
  danger?: boolean
  /** Whether a code is enough where two-step verification is on. */
  either?: boolean
  /** Further fields, above the password. */
  children?: ReactNode
  /** Names of the further fields, whose errors the caller shows. */
  fields?: readonly string[]
  run(said: Said): Promise<unknown>
  onError?: (error: unknown) => void
  onClose(): void
}

export default function ProofDialog({
  title,
  text,
  confirm,
  danger = false,
  either = false,
  children,
  run,
  onError,
  fields: others = [],
  onClose,
}: Props) {
  const { t } = useLingui()
  const caller = useCaller()
  const { data: twoStep } = useQuery(query('GET /reeve/users/me/totp', {}))
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const { fields, rest } = fieldErrors(error, ['password', 'one_time_password', ...others])
  const asksCode = twoStep?.enabled ?? false
  const asksPassword = !(either && asksCode)

  const submit = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await run({ password, one_time_password: code.trim() })
      onClose()
    } catch (failure) {
      setError(failure)
      onError?.(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <FormDialog
      title={title}
      action={confirm}
      danger={danger}
      disabled={!twoStep}
      busy={busy}
      refusal={rest}
      closeOnClickOutside={false}
      onSubmit={submit}
      onClose={onClose}
    >
      <div>{text}</div>
      {children}
      <input type="hidden" name="username" value={caller.email} autoComplete="username" />
      {asksPassword && (
        <SecretInput
          label={t`Password`}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={fields.password}
          aria-invalid={fields.password !== undefined}
          autoComplete="current-password"
          {...(!children && { 'data-autofocus': true })}
          required
          withAsterisk={false}
        />
      )}
      {asksCode && (
        <TextInput
          label={t`Code of your authenticator app`}
          description={t`Or one of your backup codes.`}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={fields.one_time_password}
          autoComplete="one-time-code"
          required
          withAsterisk={false}
        />
      )}
    </FormDialog>
  )
}
