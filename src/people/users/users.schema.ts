/** JSON schemas of users. */

import { Type } from 'typebox'
import { BaseUser } from '../../accounts/clients/clients.users.schema.ts'
import { emailAddress, enumeration, id, nullable } from '../../http/schema.ts'
import { languages } from '../../lib/languages.ts'
import { commonProducts } from '../../lib/products.ts'

export const User = Type.Object(
  {
    ...BaseUser.properties,
    user_type: enumeration(['common', 'reseller', 'seller'], { description: 'What kind of user this is.' }),
    is_active: Type.Boolean({
      description: 'False while the user is blocked or locked down; for an Administrator, also while deactivated in the account.',
    }),
    client_and_roles: Type.Array(
      Type.Object({
        client_id: id('Account.'),
        client_company_name: Type.String({ description: 'Company of the account.' }),
        user_id: id('User.'),
        user_roles: Type.Array(Type.String(), { description: 'Ids of the roles there, as text.', examples: [['2']] }),
        is_active: Type.Boolean({ description: 'False while the directory of the account has the user deactivated there.' }),
      }),
      { description: 'The accounts of the user, as far as the caller can see them.' },
    ),
  },
  { title: 'User' },
)

export const UserChanges = Type.Object(
  {
    email: Type.Optional(Type.String({ description: 'Only the present address. Change it with PUT /iam/users/{id}/email.' })),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person.' }))),
    lang: Type.Optional(enumeration(languages, { description: 'Language of mails and of the console.' })),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Phone number.' }))),
    auth_types: Type.Optional(Type.Unknown({ description: 'Ignored here.' })),
  },
  {
    title: 'UserChanges',
    examples: [{ name: 'Ada Lovelace', lang: 'en', phone: '+44 20 7946 0123' }],
    description: 'Fields that are left out keep their values. Other fields of a user are ignored.',
  },
)

export const newPassword = Type.String({
  format: 'password',
  maxLength: 1000,
  description: '12 to 128 characters, not a common password and not similar to the email.',
})
export const personName = Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person.' })))
export const language = Type.Optional(enumeration(languages, { description: 'Language of mails and of the console.' }))

export const NewClient = Type.Object(
  {
    email: emailAddress('Unique email that the user signs in with; also the email of the account.'),
    password: newPassword,
    company: Type.String({
      pattern: '\\S',
      maxLength: 255,
      description: 'Company name, unique within the reseller, ignoring case.',
    }),
    user_type: Type.Optional(enumeration(['common'], { description: 'Nothing else is created here.' })),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the user; also the name of the account.' }))),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Phone number of the user; also that of the account.' }))),
    seller: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'A seller of the reseller. If a seller omits it, that seller; null for none.',
        }),
      ),
    ),
    services: Type.Optional(
      Type.Array(
        Type.Object({
          product_name: Type.Optional(enumeration(commonProducts, { description: 'Product.' })),
          available: Type.Optional(
            nullable(
              Type.Boolean({
                description: 'Whether it is available to the account. Null, or left out, follows the default of the reseller.',
              }),
            ),
          ),
        }),
        {
          maxItems: commonProducts.length,
          description: 'Products that are available to this account, overriding the defaults of the reseller.',
        },
      ),
    ),
    lang: language,
    custom_id: Type.Optional(nullable(Type.String({ maxLength: 255, description: "The reseller's own id for the account." }))),
    country_code: Type.Optional(nullable(Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.' }))),
    is_test: Type.Optional(Type.Boolean({ description: 'Whether this is a test account.' })),
  },
  {
    title: 'NewClient',
    examples: [
      {
        email: 'ada@lovelace-media.example',
        password: 'quiet-harbour-lamp-1907',
        company: 'Lovelace Media',
        name: 'Ada Lovelace',
        lang: 'en',
        country_code: 'GB',
        services: [{ product_name: 'CDN', available: true }],
      },
    ],
  },
)

export const UserState = Type.Object(
  { is_active: Type.Boolean({ description: 'False blocks the user: its sessions end, and its API tokens stop until it is unblocked.' }) },
  { title: 'UserState', examples: [{ is_active: false }] },
)
