/** JSON schemas of sellers. */
import { Type } from 'typebox'
import { emailAddress, envelope, id, instant, nullable } from '../../http/schema.ts'

/** An email address that a user signs in with. */
export const signInEmail = emailAddress('Address to sign in with.', { longest: 150 })
const full_name = Type.String({ pattern: '\\S', maxLength: 255, description: 'Name of the seller.' })
const phone = Type.String({
  pattern: '^[a-z0-9+\\-()#, *]*$',
  maxLength: 30,
  description: 'Phone number: digits, lower-case letters and + - ( ) # , *.',
})

const shown = {
  id: id('Seller.'),
  email: Type.String({ format: 'email', description: 'Address the seller signs in with.' }),
  full_name: Type.String({ description: 'Name of the seller.' }),
  phone: Type.String({ description: 'Phone number.' }),
  reseller_name: Type.String({ description: 'Reseller of the seller.' }),
  company: Type.String({ description: "Company of the reseller's own account, in which the seller lives." }),
  date_joined: instant('When the seller was created.'),
  activated: Type.Boolean({ description: 'Whether the seller opened the link of the activation mail and set a password.' }),
  deleted: Type.Boolean({ description: 'Whether the seller was deleted.' }),
}

export const Seller = Type.Object(shown, { title: 'Seller' })
export const Sellers = Type.Union([Type.Array(Seller), envelope('SellersPage', Seller)])

export const NewSeller = Type.Object(
  { email: signInEmail, full_name, phone: Type.Optional(phone) },
  { title: 'NewSeller', examples: [{ email: 'sam@north.example', full_name: 'Sam Seller', phone: '+352 20 99 01' }] },
)

export const SellerChanges = Type.Object(
  { email: Type.Optional(signInEmail), full_name: Type.Optional(full_name), phone: Type.Optional(phone) },
  { title: 'SellerChanges', examples: [{ full_name: 'Samantha Seller' }], description: 'Fields that are left out keep their values.' },
)

const is_active = Type.Boolean({ description: 'False while the seller is blocked.' })
export const SellerState = Type.Object({ ...shown, is_active }, { title: 'SellerState' })
export const ListedSeller = Type.Object(
  {
    ...shown,
    is_active,
    two_fa: Type.Boolean({ description: 'Whether two-step verification is on.' }),
    invited_at: nullable(instant('When the latest link to set a password was mailed, null if none is kept.')),
  },
  { title: 'ListedSeller' },
)
export const ListedSellers = Type.Object(
  { count: Type.Integer({ minimum: 0, description: 'How many there are in all.' }), results: Type.Array(ListedSeller) },
  { title: 'ListedSellers' },
)
export const SellerStateChange = Type.Object({ is_active }, { title: 'SellerStateChange', examples: [{ is_active: false }] })
