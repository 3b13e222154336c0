/** JSON schemas of the details of an account that staff keep beyond the contract's Client. */
import { Type } from 'typebox'
import { enumeration, id, instant, nullable } from '../../../http/schema.ts'
import { commonProducts } from '../../../lib/products.ts'

const bill_type = Type.String({ pattern: '\\S', maxLength: 64, description: 'How the account is billed.' })
const promocode = nullable(Type.String({ maxLength: 255, description: 'A promo code of the reseller, null for none.' }))
const secondary_hostnames = Type.Array(Type.String({ maxLength: 253 }), {
  maxItems: 100,
  description: 'Other hosts of the account, in lower case; internationalised names in their ASCII form.',
})
const allowed_traffic = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Allowed traffic in GB.' })
const country_code = nullable(Type.String({ description: 'ISO 3166-1 alpha-2 code, null if not set.' }))
const website = Type.String({ maxLength: 2048, description: 'Website of the company, with http or https; empty if there is none.' })

export const ClientDetails = Type.Object(
  {
    id: id('Account.'),
    created_at: instant('When the account was created.'),
    bill_type,
    promocode,
    secondary_hostnames,
    allowed_traffic,
    country_code,
    website,
    personal_availability: Type.Array(
      Type.Object({
        product_name: enumeration(commonProducts, { description: 'Product.' }),
        available: Type.Boolean({ description: 'Whether it can be used.' }),
      }),
      { description: 'Products with a setting of the account’s own. All others follow the default of the reseller.' },
    ),
    deletion_requested_at: nullable(instant('When an Administrator requested its deletion, else null.')),
    deleted: Type.Boolean({ description: 'Whether the account was deleted.' }),
  },
  { title: 'ClientDetails' },
)

export const ClientDetailsChanges = Type.Object(
  {
    bill_type: Type.Optional(bill_type),
    promocode: Type.Optional(promocode),
    secondary_hostnames: Type.Optional(secondary_hostnames),
    allowed_traffic: Type.Optional(allowed_traffic),
    country_code: Type.Optional(country_code),
    website: Type.Optional(website),
  },
  {
    title: 'ClientDetailsChanges',
    examples: [{ bill_type: 'invoice', allowed_traffic: 500, country_code: 'DE', website: 'https://www.aurora-media.example' }],
    description: 'Fields that are left out keep their values. Hostnames replace the present ones.',
  },
)
