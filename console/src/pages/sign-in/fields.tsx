/** @jsxImportSource preact */
/** A labelled input with its error, and the message above a form. */
import { t } from '@lingui/core/macro'
import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../../api/errors.ts'
import { explain } from '../../lib/explain.ts'

interface FieldProps {
  id: string
  label: string
  type?: 'email' | 'password' | 'text'
  autocomplete: string
  required: true
  autofocus?: boolean
  value: string
  error?: string | undefined
  onValue(value: string): void
}

export function Field({ id, label, error, onValue, autofocus = false, ...input }: FieldProps) {
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (autofocus || error) ref.current?.focus()
  }, [error, autofocus])
  const described = error ? `${id}-error` : undefined
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={ref}
        id={id}
        name={id}
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={error ? true : undefined}
        aria-describedby={described}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
        {...(input as InputHTMLAttributes)}
      />
      {error && (
        <p id={described} class="error">
          {error}
        </p>
      )}
    </div>
  )
}

export function Password({ error, value, onValue }: { error?: string | undefined; value: string; onValue(value: string): void }) {
  const [shown, setShown] = useState(false)
  return (
    <div class="password">
      <Field
        id="password"
        label={t`Password`}
        type={shown ? 'text' : 'password'}
        autocomplete="current-password"
        required
        value={value}
        onValue={onValue}
        error={error}
      />
      <button type="button" class="show" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? t`Hide` : t`Show`}
      </button>
    </div>
  )
}

export const Failure = ({ children }: { children: ComponentChildren }) => (
  <p class="failure" role="alert">
    {children}
  </p>
)

/** Says why signing in failed. */
export function reason(error: unknown): string {
  switch (error instanceof ApiError ? error.code : undefined) {
    case 'invalid_credentials':
      return t`The email, the password or the code is wrong, or this user cannot sign in.`
    case 'password_expired':
      return t`Your password has expired. We have mailed you a link to set a new one.`
    case 'sso_required':
      return t`Your company requires that you sign in with its identity provider.`
    case 'nothing_to_join':
      return t`The sign-in took too long, or was begun in another browser. Try again.`
    default:
      return explain(error)
  }
}

/** Says why an identity provider signed nobody in. What exactly was wrong, its owner sees in a test sign-in. */
export function reasonOfProvider(code: string): string {
  switch (code) {
    case 'unknown':
      return t`No identity provider is set up for this company. Check the domain.`
    case 'expired':
      return t`The sign-in took too long, or was begun in another browser. Try again.`
    case 'not_allowed':
      return t`Your email is not in a domain of this identity provider. Ask whoever manages it.`
    case 'no_account':
      return t`There is no user for you here. Ask an Administrator of your account to invite you.`
    default:
      return t`The identity provider did not sign you in. Try again, or ask whoever manages it.`
  }
}
