/** Wire shapes of signing in, of links by mail, of a new password and of another account. */
import { Type } from 'typebox'
import { emailAddress } from '../../http/schema.ts'

export const LoginRequest = Type.Object(
  {
    username: Type.String({ description: 'Email of the user.' }),
    password: Type.String({ description: 'Password.' }),
    one_time_password: Type.Optional(
      Type.String({ description: 'Code of the authenticator, where two-step verification is on. Empty counts as absent.' }),
    ),
  },
  { title: 'LoginRequest', examples: [{ username: 'administrator@aurora-media.example', password: 'reeve-demo-password' }] },
)

export const RefreshRequest = Type.Object(
  {
    refresh: Type.Optional(Type.String({ description: 'Refresh token.' })),
    token: Type.Optional(Type.String({ description: 'The same under the name that some clients use.' })),
  },
  {
    title: 'RefreshRequest',
    examples: [{ refresh: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl' }],
  },
)

export const TokenPair = Type.Object(
  {
    refresh: Type.String({ description: 'Buys the next pair, once, within 24 hours.' }),
    access: Type.String({ description: 'Credential of requests, for one hour: `Authorization: Bearer …`.' }),
  },
  { title: 'TokenPair' },
)

export const EmailRequest = Type.Object(
  {
    email: emailAddress('Address the user signs in with.'),
  },
  { title: 'EmailRequest', examples: [{ email: 'administrator@aurora-media.example' }] },
)

export const PasswordChange = Type.Object(
  {
    old: Type.String({ description: 'The present password.' }),
    new: Type.String({ description: 'The new one: 12 to 128 characters, none of the common ones, none of the last three.' }),
    double: Type.String({ description: 'The new one again.' }),
    end_everything: Type.Optional(
      Type.Boolean({ description: 'Whether one’s API tokens and passkeys end as well, in all accounts. Default: they go on working.' }),
    ),
  },
  {
    title: 'ChangePasswordRequest',
    examples: [{ old: 'reeve-demo-password', new: 'quiet-harbour-lamp-1907', double: 'quiet-harbour-lamp-1907' }],
  },
)
