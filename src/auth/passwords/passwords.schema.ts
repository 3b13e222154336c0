/** JSON schemas of passwords: requesting a link, and changing the password. */
import { Type } from 'typebox'
import { emailAddress } from '../../http/schema.ts'

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
