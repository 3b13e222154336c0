/** Wire shapes of users. */
import { Type } from 'typebox'
import { enumeration, id, nullable } from '../../http/schema.ts'
import { roles } from '../../lib/roles.ts'

export const languages = ['de', 'en', 'ru', 'zh', 'az'] as const

export const Group = Type.Object(
  {
    id: Type.Optional(Type.Integer({ description: `Role: ${roles.map((role) => `${role.id} ${role.name}`).join(', ')}.`, examples: [1] })),
    name: Type.Optional(
      enumeration(
        roles.map((role) => role.name),
        { description: 'Name of the role.' },
      ),
    ),
  },
  { title: 'Group' },
)

const common = {
  id: id('User.'),
  email: Type.String({ format: 'email', description: 'Address the user signs in with.' }),
  name: nullable(Type.String({ description: 'Name of the person.' })),
  lang: enumeration(languages, { description: 'Language of mails and of the console.' }),
  phone: nullable(Type.String({ description: 'Telephone.' })),
  company: Type.String({ description: 'Company of the account in `client`.' }),
  reseller: id('Reseller the user belongs to.'),
  client: id('Account seen here: of a client user its present one, else the one the user began in.'),
  deleted: Type.Boolean({ description: 'Whether the user was deleted.' }),
  groups: Type.Array(Group, { description: 'The role in `client`.' }),
  activated: Type.Boolean({ description: 'Whether the email was confirmed.' }),
  sso_auth: Type.Boolean({ description: 'Whether single sign-on by SAML is possible.' }),
  two_fa: Type.Boolean({ description: 'Whether two-step verification is on.' }),
  auth_types: Type.Array(enumeration(['password', 'sso', 'github', 'google-oauth2']), { description: 'Ways to sign in.' }),
}

/** A user inside a client (contract BaseUser). */
export const BaseUser = Type.Object(common, { title: 'BaseUser' })

export const User = Type.Object(
  {
    ...common,
    user_type: enumeration(['common', 'reseller', 'seller'], { description: 'What kind of user this is.' }),
    is_active: Type.Boolean({ description: 'False while the user is blocked.' }),
    client_and_roles: Type.Array(
      Type.Object({
        client_id: id('Account.'),
        client_company_name: Type.String({ description: 'Company of the account.' }),
        user_id: id('User.'),
        user_roles: Type.Array(Type.String(), { description: 'Ids of the roles there, as text.', examples: [['2']] }),
      }),
      { description: 'The accounts of the user, as far as the caller may see them.' },
    ),
  },
  { title: 'User' },
)

export const UserChanges = Type.Object(
  {
    email: Type.Optional(Type.String({ description: 'The present address and no other: PUT /iam/users/{id}/email changes it.' })),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person.' }))),
    lang: Type.Optional(enumeration(languages, { description: 'Language of mails and of the console.' })),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Telephone.' }))),
    auth_types: Type.Optional(Type.Unknown({ description: 'Not changed here.' })),
  },
  { title: 'UserChanges', description: 'What is left out stays as it is; everything else that a user shows is not changed here.' },
)
