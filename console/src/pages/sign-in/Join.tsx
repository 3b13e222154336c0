/** @jsxImportSource preact */
/** Joins what an identity provider says to the user who has its email: by the password of that user, once. */
import { t } from '@lingui/core/macro'
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { currentSession, type Session, signIn } from '../../api/session.ts'
import { Failure, Field, Password, reason } from './fields.tsx'

export function Join({ done, back }: { done(session: Session | undefined): void; back(): void }) {
  const [pending, setPending] = useState<Answer<'GET /reeve/sso/join'>>()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    fetchPending().then(setPending, setError)
  }, [])

  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      await signIn('/reeve/sso/join', { password, ...(pending?.code && { one_time_password: code.trim() }) })
      done(currentSession())
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  if (!pending && error === undefined) return <p aria-busy="true" class="skeleton" />
  if (!pending)
    return (
      <div>
        <h1>{t`Sign in`}</h1>
        <Failure>{reason(error)}</Failure>
        <button type="button" class="primary" onClick={back}>{t`Back to sign in`}</button>
      </div>
    )
  const { provider, email } = pending
  return (
    <form onSubmit={submit}>
      <h1>{t`Confirm that it is you`}</h1>
      <p>{t`${provider} says that you are ${email}, who is a user here. Enter the password of this user once. From then on you sign in with ${provider}.`}</p>
      {error !== undefined && <Failure>{reason(error)}</Failure>}
      <Password value={password} onValue={setPassword} />
      {pending.code && <Field id="code" label={t`Code`} autocomplete="one-time-code" required value={code} onValue={setCode} />}
      <button type="submit" class="primary" disabled={busy}>{t`Sign in`}</button>
      <button type="button" class="plain" onClick={back}>{t`Back to sign in`}</button>
    </form>
  )
}

async function fetchPending(): Promise<Answer<'GET /reeve/sso/join'>> {
  const response = await fetch('/reeve/sso/join').catch(() => Promise.reject(new ApiError(0, '')))
  if (!response.ok) throw await ApiError.of(response)
  return response.json()
}
