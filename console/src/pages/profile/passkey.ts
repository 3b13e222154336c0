/** Makes a passkey (WebAuthn Level 3): the browser turns the server's JSON into what it wants, and back. */
import type { NewPasskey, PasskeyCreationOptions } from '../../api/types.ts'

export const passkeysSupported = () => typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential

/** @throws DOMException if the reader declines, or the authenticator has a passkey of this user already (InvalidStateError) */
export async function createPasskey(options: PasskeyCreationOptions): Promise<NewPasskey['credential']> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON)
  const credential = await navigator.credentials.create({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('No passkey was made.', 'NotAllowedError')
  const { id, rawId, response } = credential.toJSON() as RegistrationResponseJSON
  const { clientDataJSON, attestationObject, transports } = response
  return { id, rawId, type: 'public-key', response: { clientDataJSON, attestationObject, transports } }
}
