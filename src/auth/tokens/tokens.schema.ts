/** JSON schemas of API tokens. */
import { Type } from 'typebox'
import { Group } from '../../accounts/clients/clients.users.schema.ts'
import { id, instant, nullable } from '../../http/schema.ts'

const described = {
  name: Type.String({ minLength: 1, maxLength: 255, description: 'Name of the token.' }),
  description: Type.Optional(Type.String({ maxLength: 1000, description: 'What the token is for.' })),
  exp_date: nullable(instant('When it expires (UTC), null for never.')),
}

export const TokenRequest = Type.Object(
  {
    ...described,
    client_user: Type.Object({
      role: Type.Optional(
        Type.Object(
          { id: Type.Optional(Type.Integer()), name: Type.Optional(Type.String()) },
          { description: 'Role of the token, by id or by name. It cannot exceed the role of its user.' },
        ),
      ),
    }),
  },
  {
    title: 'TokenRequest',
    examples: [{ name: 'Deployment', description: 'Purges the cache after a release.', exp_date: null, client_user: { role: { id: 2 } } }],
  },
)

const token = {
  id: id('Token.'),
  ...described,
  deleted: Type.Boolean({ description: 'Whether the token was deleted.' }),
  expired: Type.Boolean({ description: 'Whether it has expired.' }),
  created: instant('When it was created.'),
  last_usage: instant('When it was last used, up to a few seconds late. Before the first use, when it was created.'),
  client_user: Type.Object({
    deleted: Type.Boolean({ description: 'Whether the token was deleted.' }),
    user_id: id('User who created it.'),
    user_name: Type.String({ description: 'Name of that user.' }),
    user_email: Type.String({ description: 'Email of that user.' }),
    client_id: id('Account it belongs to.'),
    role: Group,
  }),
}

export const Token = Type.Object(token, { title: 'Token' })
export const CreatedToken = Type.Object(
  { token: Type.String({ description: 'The credential. It is shown only once, because only its hash is stored.' }), ...token },
  { title: 'CreatedToken' },
)
