/** JSON schemas of features. */
import { type Static, Type } from 'typebox'
import { enumeration, id, instant } from '../../http/schema.ts'
import { commonProducts } from '../../lib/products.ts'

export const Feature = Type.Object(
  {
    id: id('Feature.'),
    name: Type.String({ description: 'Name.' }),
    service: enumeration(commonProducts, { description: 'Product it belongs to.' }),
    is_free: Type.Boolean({ description: 'Whether it is free.' }),
  },
  { title: 'Feature' },
)

export const EnabledFeature = Type.Object(
  {
    id: id('The feature as the account has it.'),
    client_id: id('Account.'),
    feature_id: id('Feature.'),
    feature: Feature,
    created_date: instant('When the account got it.'),
  },
  { title: 'EnabledFeature' },
)

/** The range that the database can compare with an id. */
const anyId = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const ignored = (shape = {}) => Type.Optional(Type.Unsafe<unknown>({ ...shape, readOnly: true, description: 'Read-only, ignored here.' }))

/** @param feature_id an example */
export const featureToEnable = (feature_id: number) =>
  Type.Object(
    {
      id: ignored(),
      client_id: Type.Integer({ ...anyId, description: 'Account.' }),
      feature_id: Type.Integer({ ...anyId, description: 'Feature.' }),
      feature: ignored({ properties: { id: {}, name: {}, service: {}, is_free: {} } }),
      created_date: ignored(),
    },
    { title: 'FeatureToEnable', examples: [{ client_id: 1006, feature_id }] },
  )
export type FeatureToEnable = Static<ReturnType<typeof featureToEnable>>
