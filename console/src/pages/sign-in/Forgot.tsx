/** @jsxImportSource preact */
/** Asks for a link to a new password. The answer is the same for every address, so that it tells nobody who is known here. */
import { t } from '@lingui/core/macro'
import { useState } from 'preact/hooks'
import { ApiError } from '../../api/errors.ts'
import { explain } from '../../lib/explain.ts'
import { Failure, Field } from './fields.tsx'

export function Forgot({ email, setEmail, back }: { email: string; setEmail(email: string): void; back(): void }) {
  const [state, setState] = useState<'asks' | 'busy' | 'sent'>('asks')
  const [error, setError] = useState<unknown>()
  const submit = async (event: Event) => {
    event.preventDefault()
    setState('busy')
    setError(undefined)
    try {
      const response = await fetch('/iam/auth/password/forgot', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: email.trim() }),
      }).catch(() => Promise.reject(new ApiError(0, '')))
      if (!response.ok) throw await ApiError.of(response)
      setState('sent')
    } catch (failure) {
      setError(failure)
      setState('asks')
    }
  }
  if (state === 'sent')
    return (
      <div role="status">
        <h1>{t`Look into your mailbox`}</h1>
        <p>{t`If this address belongs to a user, we have mailed a link to a new password. It works for a limited time.`}</p>
        <button type="button" class="primary" onClick={back}>{t`Back to sign in`}</button>
      </div>
    )
  return (
    <form onSubmit={submit}>
      <h1>{t`Forgot your password?`}</h1>
      <p>{t`Enter your email, and we mail you a link to a new password.`}</p>
      {error !== undefined && <Failure>{explain(error)}</Failure>}
      <Field id="email" label={t`Email`} type="email" autocomplete="username" required autofocus value={email} onValue={setEmail} />
      <button type="submit" class="primary" disabled={state === 'busy'}>{t`Mail me a link`}</button>
      <button type="button" class="plain" onClick={back}>{t`Back to sign in`}</button>
    </form>
  )
}
