/** The dialog of prompts.tsx: a password, and a code if the server asks for one. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { type Answer, api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { leaveFor, signIn, signOut } from '../../api/session.ts'
import { useCaller } from '../../lib/caller.ts'
import { fieldErrors } from '../../lib/explain.ts'
import { Dialog } from '../Dialog.tsx'
import { Notice } from '../Notice.tsx'
import { SecretInput } from '../SecretInput.tsx'

export type Kind = 'sign-in' | 'identity'

export default function Prompt({ kind, end }: { kind: Kind; end(outcome: 'done' | 'declined'): void }) {
  const { t } = useLingui()
  const caller = useCaller()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [asksCode, setAsksCode] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  // Whoever came by one may have no password here.
  const [providers, setProviders] = useState<Answer<'GET /reeve/sso/providers'>>([])
  useEffect(() => {
    fetch('/reeve/sso/providers')
      .then((response) => (response.ok ? response.json() : []))
      .then(setProviders, () => {})
  }, [])
  const { fields, rest } = fieldErrors(error, ['password', 'one_time_password', 'code'])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      if (kind === 'sign-in')
        await signIn('/reeve/session/login', { username: caller.email, password, ...(code && { one_time_password: code }) })
      else await api('POST /reeve/sessions/current/proof', { body: { password, ...(code && { one_time_password: code }) } })
      end('done')
    } catch (failure) {
      if (failure instanceof ApiError && Object.keys(failure.fields).some((name) => /code|one_time_password/.test(name))) {
        if (asksCode) setError(failure)
        setAsksCode(true)
      } else setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      opened
      onClose={() => (kind === 'sign-in' ? signOut() : end('declined'))}
      closeOnClickOutside={false}
      title={kind === 'sign-in' ? t`Your session has ended` : t`Confirm that it is you`}
    >
      <form onSubmit={submit}>
        <Stack>
          <span>
            {kind === 'sign-in' ? (
              <Trans>Sign in again to go on where you are. What you typed is kept.</Trans>
            ) : (
              <Trans>This changes who has access, so it asks for your password.</Trans>
            )}
          </span>
          <Notice tone="bad">{rest}</Notice>
          <TextInput label={t`Email`} value={caller.email} readOnly autoComplete="username" />
          <SecretInput
            label={t`Password`}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={fields.password}
            aria-invalid={fields.password !== undefined}
            autoComplete="current-password"
            data-autofocus
            required
            withAsterisk={false}
          />
          {asksCode && (
            <TextInput
              label={t`Code of your authenticator app`}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              error={fields.one_time_password ?? fields.code}
              autoComplete="one-time-code"
              inputMode="numeric"
              required
              withAsterisk={false}
            />
          )}
          <Button type="submit" loading={busy}>
            {kind === 'sign-in' ? t`Sign in` : t`Confirm`}
          </Button>
          {providers.map(({ id, name, url }) => (
            <Button key={id} variant="default" onClick={() => leaveFor(url, location.pathname + location.search)}>
              <bdi>{t`Continue with ${name}`}</bdi>
            </Button>
          ))}
          {kind === 'sign-in' && (
            <Button variant="subtle" onClick={() => signOut().catch(setError)}>
              <Trans>Leave this page</Trans>
            </Button>
          )}
        </Stack>
      </form>
    </Dialog>
  )
}
