/** JSON schemas of account members: their roles, invitations, and users created by staff. */
import { Type } from 'typebox'
import { Group } from '../../accounts/clients/clients.users.schema.ts'
import { emailAddress, id } from '../../http/schema.ts'
import { roles } from '../../lib/roles.ts'
import { language, newPassword, personName } from '../users/users.schema.ts'

/** A requested role. The rules validate it, because the contract documents their error. */
export const WantedRole = Type.Object(
  { id: Type.Optional(Type.Integer()), name: Type.Optional(Type.String()) },
  { title: 'WantedRole', description: `By id, by name, or by both: ${roles.map((role) => `${role.id} ${role.name}`).join(', ')}.` },
)

export const UserRole = Type.Object({ user_role: Group }, { title: 'UserRole' })
export const RoleChange = Type.Object(
  { user_role: Type.Optional(WantedRole) },
  { title: 'RoleChange', examples: [{ user_role: { id: 5, name: 'Engineers' } }] },
)

export const Invitation = Type.Object(
  {
    email: emailAddress('Address of the person.'),
    user_role: WantedRole,
    client_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Account.' }),
    lang: language,
    name: personName,
  },
  {
    title: 'Invitation',
    examples: [{ email: 'grace@aurora-media.example', user_role: { id: 5 }, client_id: 1006, lang: 'en', name: 'Grace Hopper' }],
    description: 'Language and name apply to a new user. An existing user keeps its own.',
  },
)
export const Invited = Type.Object(
  { status: Type.String({ description: '`sent`: the email is on its way.' }), user_id: id('The person.') },
  { title: 'Invited' },
)
export const InvitationErrors = Type.Array(Type.String(), {
  title: 'InvitationRefused',
  description: 'The user is already in the account, or cannot be added to it.',
})

const person = { name: personName, username: emailAddress('Unique email that the user signs in with.') }

export const NewMember = Type.Object(
  {
    ...person,
    password: newPassword,
    user_role: Type.Object(
      { user_role: Type.Optional(WantedRole), id: Type.Optional(Type.Integer()), name: Type.Optional(Type.String()) },
      { description: 'The role, either directly or within another `user_role`.' },
    ),
  },
  {
    title: 'NewMember',
    examples: [
      {
        username: 'linus@aurora-media.example',
        password: 'quiet-harbour-lamp-1907',
        name: 'Linus Lamarr',
        user_role: { user_role: { id: 5 } },
      },
    ],
  },
)
export const Member = Type.Object({ ...person, user_role: UserRole }, { title: 'Member' })
