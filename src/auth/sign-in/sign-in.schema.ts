/** JSON schemas of signing in. */
import { Type } from 'typebox'

export const LoginRequest = Type.Object(
  {
    username: Type.String({ description: 'Email of the user.' }),
    password: Type.String({ description: 'Password.' }),
    one_time_password: Type.Optional(
      Type.String({ description: 'Code from the authenticator app, if two-step verification is on. Empty means absent.' }),
    ),
  },
  { title: 'LoginRequest', examples: [{ username: 'administrator@aurora-media.example', password: 'reeve-demo-password' }] },
)

export const RefreshRequest = Type.Object(
  {
    refresh: Type.Optional(Type.String({ description: 'Refresh token.' })),
    token: Type.Optional(Type.String({ description: 'The refresh token, under the name that some clients use.' })),
  },
  {
    title: 'RefreshRequest',
    examples: [{ refresh: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl' }],
  },
)
