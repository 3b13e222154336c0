/** @jsxImportSource preact */
/** Asks for the domain of a company, and goes to its identity provider. Whether it has one, the way there shows. */
import { t } from '@lingui/core/macro'
import { useState } from 'preact/hooks'
import type { Answer } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { explain } from '../../lib/explain.ts'
import { Failure, Field } from './fields.tsx'
import { leaveFor } from './main.tsx'

export function Company({ back }: { back(): void }) {
  const [domain, setDomain] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      const response = await fetch('/reeve/sso/discover', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ domain: domain.trim() }),
      }).catch(() => Promise.reject(new ApiError(0, '')))
      if (!response.ok) throw await ApiError.of(response)
      const { url }: Answer<'POST /reeve/sso/discover'> = await response.json()
      leaveFor(url)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <form onSubmit={submit}>
      <h1>{t`Sign in with your company`}</h1>
      <p>{t`Enter the domain of your company, such as example.com. You then sign in with its own identity provider.`}</p>
      {error !== undefined && <Failure>{explain(error)}</Failure>}
      <Field id="domain" label={t`Corporate domain`} autocomplete="on" required autofocus value={domain} onValue={setDomain} />
      <button type="submit" class="primary" disabled={busy}>{t`Continue`}</button>
      <button type="button" class="plain" onClick={back}>{t`Back to sign in`}</button>
    </form>
  )
}
