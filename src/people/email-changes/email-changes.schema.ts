/** Wire shapes of asking for another email. */
import { Type } from 'typebox'
import { emailAddress } from '../../http/schema.ts'

export const EmailChange = Type.Object(
  {
    new_email: emailAddress('The new address, which must be unused. A link sent there confirms it.'),
    password: Type.String({ description: 'Password of the caller.' }),
    one_time_password: Type.Optional(
      Type.String({ description: 'Code of the caller, if two-step verification is on. Empty means absent.' }),
    ),
  },
  { title: 'EmailChange', examples: [{ new_email: 'ada.lovelace@aurora-media.example', password: 'reeve-demo-password' }] },
)
export const EmailAsked = Type.Object(
  { new_email: Type.String({ description: 'The address that the link was sent to.' }) },
  { title: 'EmailAsked' },
)
const text = Type.Optional(Type.String())
export const EmailErrors = Type.Array(Type.Object({ errors: Type.Object({ new_email: text, password: text, one_time_password: text }) }), {
  title: 'EmailRefused',
  description: 'What is wrong with the address, the password or the code.',
})
