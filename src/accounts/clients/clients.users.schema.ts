/** JSON schemas of a user inside a client. */
import { Type } from 'typebox'
import { enumeration, id, nullable } from '../../http/schema.ts'
import { languages } from '../../lib/languages.ts'
import { roles } from '../../lib/roles.ts'

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

/** A user inside a client (contract BaseUser). */
export const BaseUser = Type.Object(
  {
    id: id('User.'),
    email: Type.String({ format: 'email', description: 'Address the user signs in with.' }),
    name: nullable(Type.String({ description: 'Name of the person.' })),
    lang: enumeration(languages, { description: 'Language of mails and of the console.' }),
    phone: nullable(Type.String({ description: 'Phone number.' })),
    company: Type.String({ description: 'Company of the account in `client`.' }),
    reseller: id('Reseller the user belongs to.'),
    client: id('Account seen here: of a client user its present one, else the one the user began in.'),
    deleted: Type.Boolean({ description: 'Whether the user was deleted.' }),
    groups: Type.Array(Group, { description: 'The role in `client`.' }),
    activated: Type.Boolean({ description: 'Whether the email was confirmed.' }),
    sso_auth: Type.Boolean({ description: 'Whether single sign-on by SAML is possible.' }),
    two_fa: Type.Boolean({ description: 'Whether two-step verification is on.' }),
    auth_types: Type.Array(enumeration(['password', 'sso', 'github', 'google-oauth2']), { description: 'Ways to sign in.' }),
  },
  { title: 'BaseUser' },
)
