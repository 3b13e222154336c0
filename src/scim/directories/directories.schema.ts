/** JSON schemas of a directory, its tokens and its last requests. */
import { Type } from 'typebox'
import { id, instant, matching, nullable } from '../../http/schema.ts'
import { roles } from '../../lib/roles.ts'

const role = (description: string) => Type.Unsafe<number>({ type: 'integer', enum: roles.map((one) => one.id), description })

const rules = Type.Array(
  Type.Object({
    group: matching('\\S', 'This field may not be blank.', {
      maxLength: 255,
      description: 'The displayName or the externalId of a group.',
    }),
    role: role('The role of its users.'),
  }),
  { maxItems: 100, description: 'The first rule with a group of the user decides. Without rules, groups decide no roles.' },
)
const default_role = role('The role of a new user, and with rules of users in none of their groups.')
const home_client_id = nullable(
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description:
      'For the directory of a reseller: the account in which it creates users unless it names one. Null for the directory of an account.',
  }),
)

export const Directory = Type.Object(
  {
    url: Type.String({ description: 'The address to enter in the directory.', examples: ['https://id.vendor.example/scim/v2'] }),
    default_role,
    roles: rules,
    home_client_id,
    users: Type.Integer({ description: 'How many users the directory has named.' }),
    groups: Type.Integer({ description: 'How many groups it has.' }),
  },
  { title: 'Directory' },
)

export const DirectoryChanges = Type.Partial(Type.Object({ default_role, roles: rules, home_client_id }), {
  title: 'DirectoryChanges',
  examples: [{ roles: [{ group: 'Engineering', role: 5 }], default_role: 2 }],
})

export const ScimTokenRequest = Type.Object(
  { name: matching('\\S', 'This field may not be blank.', { maxLength: 255, description: 'What uses the token.' }) },
  { title: 'ScimTokenRequest', examples: [{ name: 'Entra' }] },
)

const token = {
  id: id('Token.'),
  name: Type.String({ description: 'What uses the token.' }),
  created_at: instant('When it was created.'),
  created_by: id('The user who created it, whom the activity names for what the directory does.'),
  created_by_email: Type.String({ description: 'The email of that user.' }),
  last_used_at: nullable(instant('When it was used last.')),
}
export const ScimToken = Type.Object(token, { title: 'ScimToken' })
export const NewScimToken = Type.Object(
  { ...token, token: Type.String({ description: 'The token. It is not shown again.', examples: ['scim_7_…'] }) },
  { title: 'NewScimToken' },
)

export const ScimRequest = Type.Object(
  {
    id: id('Request.'),
    requested_at: instant('When it came.'),
    method: Type.String({ description: 'HTTP method.' }),
    path: Type.String({ description: 'Path.' }),
    status: Type.Integer({ description: 'The status of the answer.' }),
    detail: nullable(Type.String({ description: 'Why it failed.' })),
    token: Type.String({ description: 'The name of the token.' }),
  },
  { title: 'ScimRequest' },
)
