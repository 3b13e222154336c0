/** Signing in with a passkey (WebAuthn Level 3): the browser turns JSON into what it wants and back by itself. */
import { ApiError } from '../../api/errors.ts'
import { signIn } from '../../api/session.ts'
import type { PasskeyLogin } from '../../api/types.ts'

export const passkeySupported = () => typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** Returns whether the browser shows passkeys among the saved passwords. */
export const offersPasskeys = async () => passkeySupported() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true

let pending: AbortController | undefined

/** Only one request for a credential may be open, so a new one ends the one that waits in the background. */
export async function signInWithPasskey({ signal, ...options }: Pick<CredentialRequestOptions, 'mediation' | 'signal'>) {
  pending?.abort()
  const abort = new AbortController()
  pending = abort
  signal?.addEventListener('abort', () => abort.abort())
  const response = await fetch('/reeve/auth/passkeys/options', { method: 'POST' })
  if (!response.ok) throw await ApiError.of(response)
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await response.json())
  const credential = await navigator.credentials.get({ ...options, publicKey, signal: abort.signal })
  if (credential instanceof PublicKeyCredential) await signIn('/reeve/session/passkey', credential.toJSON() as PasskeyLogin)
}
