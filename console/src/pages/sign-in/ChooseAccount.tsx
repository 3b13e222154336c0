/** @jsxImportSource preact */
/** The accounts of a user who has several. Who has one goes straight to it. */
import { t } from '@lingui/core/macro'
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../api/errors.ts'
import { accessToken, changeSession, currentSession } from '../../api/session.ts'
import type { User } from '../../api/types.ts'
import { explain } from '../../lib/explain.ts'
import { Failure } from './fields.tsx'
import { nextPage } from './main.tsx'

async function fetchUser(): Promise<User> {
  const response = await fetch('/iam/users/me', { headers: { authorization: `Bearer ${await accessToken()}` } })
  if (!response.ok) throw await ApiError.of(response)
  return response.json()
}

/** @param asked whether the user asked to switch, and is shown even a single account */
export function ChooseAccount({ asked }: { asked: boolean }) {
  const [accounts, setAccounts] = useState<User['client_and_roles']>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    fetchUser().then(({ client_and_roles }) => {
      if (client_and_roles.length > 1 || asked) setAccounts(client_and_roles)
      else location.assign(nextPage())
    }, setError)
  }, [asked])

  const present = currentSession()?.caller.client_id
  const choose = async (clientId: number) => {
    if (clientId === present) return location.assign(nextPage())
    setBusy(true)
    try {
      await changeSession('/reeve/session/account', { client_id: clientId })
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  if (error !== undefined) return <Failure>{explain(error)}</Failure>
  if (!accounts) return <p aria-busy="true" class="skeleton" />
  return (
    <>
      <h1>{t`Choose an account`}</h1>
      <ul class="accounts">
        {accounts.map(({ client_id, client_company_name }) => (
          <li key={client_id}>
            <button
              type="button"
              disabled={busy}
              aria-current={client_id === present ? 'true' : undefined}
              onClick={() => choose(client_id)}
            >
              <bdi>{client_company_name}</bdi>
              <small>{client_id}</small>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
