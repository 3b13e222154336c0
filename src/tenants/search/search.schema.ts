/** JSON schemas of the palette's search. */
import { Type } from 'typebox'
import { enumeration, id, nullable } from '../../http/schema.ts'
import { clientStatuses } from '../../lib/products.ts'

export const FoundClient = Type.Object(
  {
    id: id('Account.'),
    company_name: Type.String({ description: 'Company.' }),
    email: Type.String({ description: 'Address of the account.' }),
    status: enumeration(clientStatuses, { description: 'Status.' }),
    deleted: Type.Boolean({ description: 'Whether it was deleted.' }),
  },
  { title: 'FoundClient' },
)

export const FoundUser = Type.Object(
  {
    id: id('User.'),
    email: Type.String({ description: 'Email.' }),
    name: nullable(Type.String({ description: 'Name.' })),
    user_type: enumeration(['common', 'reseller', 'seller'], { description: 'Kind of user.' }),
    client_id: id('The account that the user began in.'),
    deleted: Type.Boolean({ description: 'Whether the user was deleted.' }),
  },
  { title: 'FoundUser' },
)

const few = { maxItems: 5 }
export const Found = Type.Object(
  {
    clients: Type.Array(FoundClient, { ...few, description: 'By id, company and email.' }),
    users: Type.Array(FoundUser, { ...few, description: 'By id, email and name.' }),
    sellers: Type.Array(FoundUser, { ...few, description: 'Sellers, by email and name.' }),
  },
  { title: 'Found' },
)
