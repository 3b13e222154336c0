/** JSON schemas of passkeys, beyond the contract. Those of WebAuthn keep its names (Level 3, 5.1.8). */
import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { Type } from 'typebox'
import { enumeration, id, instant, matching, nullable } from '../../http/schema.ts'

const name = Type.String({ pattern: '\\S', maxLength: 255, description: 'Name given by its owner.' })

export const Passkey = Type.Object(
  {
    id: id('Passkey.'),
    name,
    rp_id: Type.String({ description: 'The host it works for.' }),
    backed_up: Type.Boolean({ description: 'Whether its owner can use it on several devices.' }),
    created_at: instant('When it was added.'),
    last_used_at: nullable(instant('When it was last used to sign in; null before.')),
  },
  { title: 'Passkey' },
)
export const PasskeyName = Type.Object({ name }, { title: 'PasskeyName', examples: [{ name: 'Laptop' }] })

const bytes = (description: string, maxLength: number) => matching('^[\\w-]+$', 'Must be base64url.', { description, maxLength })
/** A credential id has 1023 bytes at most (WebAuthn, 4). */
const credential = {
  id: bytes('Id of the credential.', 1364),
  rawId: bytes('The same.', 1364),
  type: enumeration(['public-key']),
}
const clientDataJSON = bytes('What the browser reports about the page (clientDataJSON).', 4096)

export const NewPasskey = Type.Object(
  {
    name,
    credential: Type.Object({
      ...credential,
      response: Type.Object({
        clientDataJSON,
        attestationObject: bytes('The key and how it was made.', 65_536),
        transports: Type.Optional(
          Type.Array(Type.String({ maxLength: 32 }), { maxItems: 8, description: 'Transports of the authenticator.' }),
        ),
      }),
    }),
  },
  {
    title: 'NewPasskey',
    examples: [
      {
        name: 'Laptop',
        credential: {
          id: 'AZ3kq1xw8sVb7u0c',
          rawId: 'AZ3kq1xw8sVb7u0c',
          type: 'public-key',
          response: {
            clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
            attestationObject: 'o2NmbXRkbm9uZQ',
            transports: ['internal'],
          },
        },
      },
    ],
    description: 'A name, and what the browser made of the options (RegistrationResponseJSON).',
  },
)

export const PasskeyLogin = Type.Object(
  {
    ...credential,
    response: Type.Object({
      clientDataJSON,
      authenticatorData: bytes('What the authenticator reports (authenticatorData).', 4096),
      signature: bytes('Signature over both.', 8192),
      userHandle: bytes('Whose passkey it is.', 128),
    }),
  },
  {
    title: 'PasskeyLogin',
    examples: [
      {
        id: 'AZ3kq1xw8sVb7u0c',
        rawId: 'AZ3kq1xw8sVb7u0c',
        type: 'public-key',
        response: {
          clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
          authenticatorData: 'SZYN5YgOjGh0NBcP',
          signature: 'MEUCIQDx8s2k',
          userHandle: 'AAAAAAABhqE',
        },
      },
    ],
    description: 'What the browser made of the options (AuthenticationResponseJSON).',
  },
)

const options = { type: 'object', additionalProperties: true } as const
export const CreationOptions = Type.Unsafe<PublicKeyCredentialCreationOptionsJSON>({
  ...options,
  title: 'PasskeyCreationOptions',
  description: 'As `PublicKeyCredential.parseCreationOptionsFromJSON` takes them.',
})
export const RequestOptions = Type.Unsafe<PublicKeyCredentialRequestOptionsJSON>({
  ...options,
  title: 'PasskeyRequestOptions',
  description: 'As `PublicKeyCredential.parseRequestOptionsFromJSON` takes them.',
})
