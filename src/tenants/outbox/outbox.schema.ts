/** JSON schemas of the outbox. */
import { Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../../http/schema.ts'
import { languages } from '../../lib/languages.ts'

/** `kept`: there is no server to send it through. `dead`: it is not tried again. */
export const mailStates = ['kept', 'waiting', 'sent', 'dead'] as const
export type MailState = (typeof mailStates)[number]

const entry = {
  id: id('Mail.'),
  state: enumeration(mailStates, {
    description: 'kept: there is no mail server to send it through; waiting: for its next attempt; sent; dead: it is tried no more.',
  }),
  reseller_id: id('Whose mail it is.'),
  client_id: nullable(id('The account it is about.')),
  user_id: nullable(id('The user it is about.')),
  recipient: Type.String({ description: 'To whom.' }),
  template: Type.String({ description: 'What it says.' }),
  lang: enumeration(languages, { description: 'Language.' }),
  attempts: Type.Integer({ description: 'How often it was tried.' }),
  next_attempt_at: nullable(instant('When it is tried next; null where it is not.')),
  last_error: nullable(Type.String({ description: 'Why the last attempt failed.' })),
  created_at: instant('When it was written.'),
  sent_at: nullable(instant('When a mail server took it.')),
  failed_at: nullable(instant('When it was given up.')),
}

export const OutboxEntry = Type.Object(entry, { title: 'OutboxEntry' })
export const OutboxMail = Type.Object(
  {
    ...entry,
    subject: Type.String(),
    text: Type.String({ description: 'As plain text.' }),
    html: Type.String({ description: 'As HTML.' }),
    link: nullable(
      Type.String({
        description:
          'The address that the mail leads to, also in its text. Only while the mail is kept, for then nobody else can hand it on; else null.',
      }),
    ),
  },
  { title: 'OutboxMail' },
)
