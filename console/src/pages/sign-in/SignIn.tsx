/** @jsxImportSource preact */
/** Email and password, then a code if the server asks for one; or a passkey, which the browser offers with the saved passwords. */
import { t } from '@lingui/core/macro'
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../api/errors.ts'
import { currentSession, type Session, signIn } from '../../api/session.ts'
import { Failure, Field, Password, reason } from './fields.tsx'
import { offersPasskeys, passkeySupported, signInWithPasskey } from './passkey.ts'

interface Props {
  passkeys: boolean
  email: string
  setEmail(email: string): void
  done(session: Session | undefined): void
  forgot(): void
}

export function SignIn({ passkeys, email, setEmail, done, forgot }: Props) {
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [asksCode, setAsksCode] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  // biome-ignore lint/correctness/useExhaustiveDependencies: the browser is asked once
  useEffect(() => {
    if (!passkeys) return
    const abort = new AbortController()
    offersPasskeys().then(async (offers) => {
      if (!offers) return
      try {
        await signInWithPasskey({ mediation: 'conditional', signal: abort.signal })
        done(currentSession())
      } catch (failure) {
        if (failure instanceof ApiError) setError(failure)
      }
    })
    return () => abort.abort()
  }, [passkeys])

  const attempt = async (how: () => Promise<void>) => {
    setBusy(true)
    setError(undefined)
    try {
      await how()
      done(currentSession())
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === 'code_required') setAsksCode(true)
      // Who closes the browser's own dialog knows why nothing happened.
      else if (!(failure instanceof DOMException)) setError(failure)
      setBusy(false)
    }
  }
  const submit = (event: Event) => {
    event.preventDefault()
    attempt(() => signIn('/reeve/session/login', { username: email.trim(), password, ...(asksCode && { one_time_password: code.trim() }) }))
  }

  if (asksCode)
    return (
      <form onSubmit={submit}>
        <h1>{t`Enter your code`}</h1>
        <p>{t`Open your authenticator app and enter the code it shows, or one of your backup codes.`}</p>
        {error !== undefined && <Failure>{reason(error)}</Failure>}
        <Field id="code" label={t`Code`} autocomplete="one-time-code" required autofocus value={code} onValue={setCode} />
        <button type="submit" class="primary" disabled={busy}>{t`Sign in`}</button>
        <button
          type="button"
          class="plain"
          onClick={() => {
            setAsksCode(false)
            setCode('')
            setError(undefined)
          }}
        >{t`Back`}</button>
      </form>
    )
  return (
    <form onSubmit={submit}>
      <h1>{t`Sign in`}</h1>
      {error !== undefined && <Failure>{reason(error)}</Failure>}
      <Field
        id="email"
        label={t`Email`}
        type="email"
        autocomplete="username webauthn"
        required
        autofocus
        value={email}
        onValue={setEmail}
      />
      <Password value={password} onValue={setPassword} />
      <button type="submit" class="primary" disabled={busy}>{t`Sign in`}</button>
      {passkeys && passkeySupported() && (
        <button
          type="button"
          class="second"
          disabled={busy}
          onClick={() => attempt(() => signInWithPasskey({}))}
        >{t`Use a passkey`}</button>
      )}
      <button type="button" class="plain" onClick={forgot}>{t`Forgot your password?`}</button>
    </form>
  )
}
