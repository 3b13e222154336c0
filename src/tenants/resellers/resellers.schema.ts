/** JSON schemas of resellers, beyond the contract. */
import { Type } from 'typebox'
import { envelope, id, instant } from '../../http/schema.ts'
import { signInEmail } from '../sellers/sellers.schema.ts'

const name = Type.String({ pattern: '\\S', maxLength: 255, description: 'Name, also of its own account.' })

export const Reseller = Type.Object(
  {
    id: id('Reseller.'),
    name: Type.String({ description: 'Name.' }),
    email: Type.String({ format: 'email', description: "Address of the reseller's own account." }),
    technical_client_id: id("The reseller's own account, in which it and its sellers live."),
    is_platform: Type.Boolean({ description: 'Whether this is the platform itself.' }),
    created_at: instant('When it was created.'),
    deleted: Type.Boolean({ description: 'Whether it was deleted. Its users cannot act then.' }),
  },
  { title: 'Reseller' },
)
export const Resellers = envelope('ResellersPage', Reseller)

export const NewReseller = Type.Object(
  { name, email: signInEmail },
  { title: 'NewReseller', examples: [{ name: 'West Hosting', email: 'admin@west.example' }] },
)

export const ResellerChanges = Type.Object(
  {
    name: Type.Optional(name),
    deleted: Type.Optional(Type.Boolean({ description: '`true` stops all users of the reseller and removes nothing. `false` undoes it.' })),
  },
  { title: 'ResellerChanges', examples: [{ name: 'Northern Hosting' }], description: 'Fields that are left out keep their values.' },
)
