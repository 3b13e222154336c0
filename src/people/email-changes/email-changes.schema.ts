/** Wire shapes of asking for another email. */
import { Type } from 'typebox'
import { emailAddress } from '../../http/schema.ts'

export const EmailChange = Type.Object(
  {
    new_email: emailAddress('The address, which nobody has. A link is mailed there; following it confirms the address.'),
    password: Type.String({ description: 'Password of the user who asks.' }),
    one_time_password: Type.Optional(
      Type.String({ description: 'Code of the user who asks, where two-step verification is on. Empty counts as absent.' }),
    ),
  },
  { title: 'EmailChange', examples: [{ new_email: 'ada.lovelace@aurora-media.example', password: 'reeve-demo-password' }] },
)
export const EmailAsked = Type.Object({ new_email: Type.String({ description: 'Where the link was mailed to.' }) }, { title: 'EmailAsked' })
const text = Type.Optional(Type.String())
export const EmailRefused = Type.Array(Type.Object({ errors: Type.Object({ new_email: text, password: text, one_time_password: text }) }), {
  title: 'EmailRefused',
  description: 'What is wrong with the address, the password or the code.',
})
