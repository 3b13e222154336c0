/** JSON schemas of clients. */
import { type TSchema, Type } from 'typebox'
import { emailAddress, enumeration, envelope, id, nullable } from '../../http/schema.ts'
import { clientStatuses, commonProducts, serviceStatuses } from '../../lib/products.ts'
import { BaseUser } from './clients.users.schema.ts'

export const clientTypes = ['common', 'reseller', 'sales'] as const

const byProduct = <T extends TSchema>(schema: T, description: string) =>
  Type.Object(Object.fromEntries(commonProducts.map((product) => [product, Type.Optional(schema)])) as Record<string, T>, { description })

const feature = (activation: 'paid_feature_id' | 'free_feature_id') =>
  Type.Object({
    feature_id: id('Feature.'),
    service: enumeration(commonProducts, { description: 'Product the feature belongs to.' }),
    name: Type.String({ description: 'Name of the feature.' }),
    create_date: Type.String({ description: 'When it was enabled here (RFC 3339, UTC).' }),
    [activation]: id('This activation.'),
  })

/** A client as its users and its reseller see it. The contract has the last four fields for the reseller only, Reeve for both. */
export const Client = Type.Object(
  {
    id: id('Account.'),
    users: Type.Array(BaseUser, { description: 'Its users, as far as the caller can see them.' }),
    email: Type.String({ format: 'email', description: 'Address of the account.' }),
    phone: nullable(Type.String({ description: 'Phone number of the account.' })),
    name: nullable(Type.String({ description: 'Name of the person who registered the account.' })),
    status: enumeration(clientStatuses, { description: 'Derived from the services.' }),
    companyName: Type.String({ description: 'Company.' }),
    website: Type.String({ description: 'Website of the company.' }),
    currentUser: id('The caller.'),
    capabilities: Type.Array(enumeration(commonProducts), { description: 'Products available to the account.' }),
    serviceStatuses: byProduct(
      Type.Object({
        status: enumeration(serviceStatuses, { description: 'Status of the service.' }),
        enabled: Type.Boolean({ description: 'Whether the console shows the service.' }),
      }),
      'The services by product.',
    ),
    paidFeatures: byProduct(Type.Array(feature('paid_feature_id')), 'Paid features by product.'),
    freeFeatures: byProduct(Type.Array(feature('free_feature_id')), 'Free features by product.'),
    entryBaseDomain: nullable(Type.String({ description: 'Domain of the console.' })),
    signup_process: nullable(enumeration(['sign_up_full', 'sign_up_simple'], { description: 'How the account was registered.' })),
    deleted: Type.Boolean({ description: 'Whether the account was deleted.' }),
    bill_type: Type.String({ description: 'How the account is billed.' }),
    custom_id: nullable(Type.String({ description: "The reseller's own id for the account." })),
    country_code: nullable(Type.String({ description: 'ISO 3166-1 alpha-2 code, null if not set.' })),
    is_test: Type.Boolean({ description: 'Whether this is a test account.' }),
    has_active_admin: Type.Boolean({ description: 'Whether an Administrator of the account can sign in.' }),
    seller: nullable(id('Seller.')),
    resellers: id('Reseller.'),
    client_type: enumeration(clientTypes, { description: 'What kind of account this is.' }),
    owner: nullable(Type.Integer({ description: 'User who created the account.' })),
  },
  { title: 'Client' },
)

export const Clients = Type.Union([Type.Array(Client), envelope('ClientsPage', Client)])

/** The range that the database can compare with an id. */
const anyId = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }

export const ClientChanges = Type.Object(
  {
    email: Type.Optional(emailAddress('Email of the account. It is not a sign-in.')),
    companyName: Type.Optional(
      Type.String({
        pattern: '\\S',
        maxLength: 255,
        description: 'Company name, unique within the reseller, ignoring case.',
      }),
    ),
    custom_id: Type.Optional(nullable(Type.String({ maxLength: 255, description: "The reseller's own id for the account." }))),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person who registered the account.' }))),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Phone number of the account.' }))),
    reseller: Type.Optional(
      Type.Integer({ ...anyId, description: 'A different reseller moves the account and its users there. Only operators can do this.' }),
    ),
    seller: Type.Optional(nullable(Type.Integer({ ...anyId, description: 'A seller of the reseller.' }))),
    is_test: Type.Optional(Type.Boolean({ description: 'Whether this is a test account.' })),
  },
  {
    title: 'ClientChanges',
    examples: [{ companyName: 'Lovelace Analytics', name: 'Ada Lovelace', custom_id: 'CRM-4711' }],
    description: 'Fields that are left out keep their values.',
  },
)
