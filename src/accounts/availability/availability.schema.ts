/** JSON schemas of the availability of products. */
import { Type } from 'typebox'
import { enumeration } from '../../http/schema.ts'
import { commonProducts } from '../../lib/products.ts'

const product = enumeration(commonProducts, { description: 'Product.' })
const products = (description: string) => Type.Optional(Type.Array(enumeration(commonProducts), { description }))

export const ProductAvailability = Type.Object(
  { product_name: product, available: Type.Boolean({ description: 'Whether it can be used.' }) },
  { title: 'ProductAvailability', examples: [{ product_name: 'CDN', available: true }] },
)

export const Reset = Type.Object(
  { product_names: Type.Array(product, { maxItems: 100, description: 'Products to reset to the default.' }) },
  { title: 'AvailabilityReset', examples: [{ product_names: ['CDN', 'DNS'] }] },
)

/** Body of every 403. The lists are there if a product that would become unavailable is in use. */
export const ProductsInUse = Type.Object(
  {
    message: Type.String({ description: 'Why the request was refused.' }),
    trial: products('Products that are on trial in an account.'),
    activating: products('Products that are being activated in an account.'),
    active: products('Products that are active in an account.'),
  },
  { title: 'ProductsInUse' },
)
