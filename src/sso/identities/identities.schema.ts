/** JSON schemas of linked identities. */
import { Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../../http/schema.ts'
import { providerKinds } from '../protocol.ts'

export const Identity = Type.Object(
  {
    id: id('Identity.'),
    provider: Type.Object({
      id: id('Provider.'),
      kind: enumeration(providerKinds, { description: 'Protocol.' }),
      name: Type.String({ description: 'Name.' }),
      client_id: nullable(Type.Integer({ description: 'Account whose provider it is; null for the reseller’s.' })),
    }),
    email: nullable(Type.String({ description: 'Address that the provider named last.' })),
    created_at: instant('When it was linked.'),
    last_used_at: nullable(instant('When it was last used to sign in.')),
  },
  { title: 'Identity' },
)
