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
    new: Type.String({ description: 'The new password: 12 to 128 characters, not a common one, and not one of the last three.' }),
    double: Type.String({ description: 'The new password again.' }),
    end_everything: Type.Optional(
      Type.Boolean({ description: 'Whether to revoke your API tokens and passkeys too, in all accounts. By default they keep working.' }),
    ),
  },
  {
    title: 'ChangePasswordRequest',
    examples: [{ old: 'reeve-demo-password', new: 'quiet-harbour-lamp-1907', double: 'quiet-harbour-lamp-1907' }],
  },
)
