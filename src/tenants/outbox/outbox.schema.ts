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
    description: '`kept`: there is no mail server. `waiting`: for its next attempt. `sent`. `dead`: given up.',
  }),
  reseller_id: id('Reseller that the email belongs to.'),
  client_id: nullable(id('The account it is about.')),
  user_id: nullable(id('The user it is about.')),
  recipient: Type.String({ description: 'Recipient.' }),
  template: Type.String({ description: 'Template.' }),
  lang: enumeration(languages, { description: 'Language.' }),
  attempts: Type.Integer({ description: 'Number of attempts.' }),
  next_attempt_at: nullable(instant('Time of the next attempt, else null.')),
  last_error: nullable(Type.String({ description: 'Why the last attempt failed.' })),
  created_at: instant('When it was queued.'),
  sent_at: nullable(instant('When a mail server accepted it.')),
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
        description: 'The link in the email. Only while the email is `kept`, because nobody else can deliver it then; else null.',
      }),
    ),
  },
  { title: 'OutboxMail' },
)
