/** JSON schemas of the sessions of the console. */
import { type Static, Type } from 'typebox'
import { enumeration, id, instant, matching, nullable } from '../../http/schema.ts'
import { callerKinds } from '../../lib/caller.ts'
import { languages } from '../../lib/languages.ts'
import { roles } from '../../lib/roles.ts'
import { LONGEST } from '../act-as/act-as.rules.ts'

const personName = nullable(Type.String({ description: 'Name of the person.' }))
const email = Type.String({ description: 'Email.' })

export const SignOut = Type.Object(
  { url: Type.String({ description: 'Where the browser signs out there. It may ask the person.' }) },
  { title: 'SignOutElsewhere' },
)

export const ConsoleSession = Type.Object(
  {
    access: Type.String({ description: 'Credential of requests: `Authorization: Bearer …`.' }),
    expires_in: Type.Integer({ description: 'Seconds until the access token expires.' }),
    caller: Type.Object(
      {
        kind: enumeration(callerKinds, { description: 'What the user may be: of the platform, a reseller, a seller, or of a client.' }),
        role: enumeration(
          roles.map(({ name }) => name),
          { description: 'Role in the account.' },
        ),
        user_id: id('User.'),
        email,
        name: personName,
        company: Type.String({ description: 'Company of the account.' }),
        client_id: id('The account that the session works in.'),
        lang: enumeration(languages, { description: 'Language of the console.' }),
        must_enrol: Type.Boolean({ description: 'Whether two-step verification must be set up before anything else.' }),
      },
      { description: 'The user of the access token.' },
    ),
    acting: nullable(
      Type.Object(
        {
          actor: Type.Object({ id: id('User.'), email, name: personName }, { description: 'Who really acts.' }),
          read_only: Type.Boolean({ description: 'Whether nothing can be changed.' }),
          ends_at: instant('When it ends.'),
        },
        { description: 'Set while somebody acts as `caller`.' },
      ),
    ),
    acting_ended: Type.Boolean({ description: 'Whether an acting session has ended, and this is the own one again.' }),
  },
  { title: 'ConsoleSession' },
)
export type Shown = Omit<Static<typeof ConsoleSession>, 'access' | 'expires_in' | 'acting_ended'>

const someId = (description: string) => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description })

export const AccountChoice = Type.Object(
  { client_id: someId('Account.') },
  { title: 'AccountChoice', examples: [{ client_id: 1006 }], description: 'The account to work in.' },
)

export const ActAsRequest = Type.Object(
  {
    client_id: Type.Optional(someId('Account, to act as an Administrator of it.')),
    user_id: Type.Optional(someId('User to act as. Exactly one of the two is required.')),
    reason: matching('\\S', 'A reason is required.', { maxLength: 500, description: 'Why, for the log of the account.' }),
    duration: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LONGEST, default: LONGEST, description: 'For how many minutes; a refresh does not prolong it.' }),
    ),
    read_only: Type.Optional(Type.Boolean({ description: 'Whether the session may only read.' })),
  },
  { title: 'ActAsRequest', examples: [{ client_id: 1006, reason: 'Ticket 4711', duration: 30, read_only: true }] },
)
