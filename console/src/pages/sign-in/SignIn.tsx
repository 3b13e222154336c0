/** @jsxImportSource preact */
/**
 * Email and password, then a code if the server asks for one; or a passkey, which the browser offers with the saved passwords; or an identity
 * provider.
 */
import { t } from '@lingui/core/macro'
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../api/errors.ts'
import { currentSession, type Session, signIn } from '../../api/session.ts'
import { Failure, Field, Password, reason, reasonOfProvider } from './fields.tsx'
import { leaveFor, type Provider } from './main.tsx'
import { offersPasskeys, passkeySupported, signInWithPasskey } from './passkey.ts'

interface Props {
  passkeys: boolean
  providers: readonly Provider[]
  refused: string | undefined
  email: string
  setEmail(email: string): void
  done(session: Session | undefined): void
  forgot(): void
  company(): void
}

export function SignIn({ passkeys, providers, refused, email, setEmail, done, forgot, company }: Props) {
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

  const required = error instanceof ApiError ? error.start : undefined
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
      {error === undefined && refused !== undefined && <Failure>{reasonOfProvider(refused)}</Failure>}
      {error !== undefined && <Failure>{reason(error)}</Failure>}
      {required !== undefined && <ProviderLink url={required} primary>{t`Continue`}</ProviderLink>}
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
      <p class="or">
        <span>{t`or`}</span>
      </p>
      {providers.map(({ id, name, url }) => (
        <ProviderLink key={id} url={url}>{t`Continue with ${name}`}</ProviderLink>
      ))}
      <button type="button" class="second" disabled={busy} onClick={company}>{t`Sign in with your company`}</button>
    </form>
  )
}

function ProviderLink({ url, primary = false, children }: { url: string; primary?: boolean; children: string }) {
  const go = (event: Event) => {
    event.preventDefault()
    leaveFor(url)
  }
  return (
    <a class={primary ? 'primary' : 'second'} href={url} onClick={go}>
      <bdi>{children}</bdi>
    </a>
  )
}
