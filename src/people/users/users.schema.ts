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
    is_active: Type.Boolean({ description: 'False while the user is blocked.' }),
    client_and_roles: Type.Array(
      Type.Object({
        client_id: id('Account.'),
        client_company_name: Type.String({ description: 'Company of the account.' }),
        user_id: id('User.'),
        user_roles: Type.Array(Type.String(), { description: 'Ids of the roles there, as text.', examples: [['2']] }),
      }),
      { description: 'The accounts of the user, as far as the caller may see them.' },
    ),
  },
  { title: 'User' },
)

export const UserChanges = Type.Object(
  {
    email: Type.Optional(Type.String({ description: 'The present address and no other: PUT /iam/users/{id}/email changes it.' })),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person.' }))),
    lang: Type.Optional(enumeration(languages, { description: 'Language of mails and of the console.' })),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Telephone.' }))),
    auth_types: Type.Optional(Type.Unknown({ description: 'Not changed here.' })),
  },
  {
    title: 'UserChanges',
    examples: [{ name: 'Ada Lovelace', lang: 'en', phone: '+44 20 7946 0123' }],
    description: 'What is left out stays as it is; everything else that a user shows is not changed here.',
  },
)

export const newPassword = Type.String({
  format: 'password',
  maxLength: 1000,
  description: '12 to 128 characters of any kind, none of the common ones and not like the email.',
})
export const personName = Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person.' })))
export const language = Type.Optional(enumeration(languages, { description: 'Language of mails and of the console.' }))

export const NewClient = Type.Object(
  {
    email: emailAddress('Address the user signs in with, which nobody else has; the account gets it too.'),
    password: newPassword,
    company: Type.String({
      pattern: '\\S',
      maxLength: 255,
      description: 'Company, unique within the reseller, whatever the case of its letters.',
    }),
    user_type: Type.Optional(enumeration(['common'], { description: 'Nothing else is created here.' })),
    name: Type.Optional(nullable(Type.String({ maxLength: 255, description: 'Name of the person; the account gets it too.' }))),
    phone: Type.Optional(nullable(Type.String({ maxLength: 30, description: 'Telephone of the person; the account gets it too.' }))),
    seller: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Seller, one of the reseller’s. Left out by a seller it is the seller; null is none.',
        }),
      ),
    ),
    services: Type.Optional(
      Type.Array(
        Type.Object({
          product_name: Type.Optional(enumeration(commonProducts, { description: 'Product.' })),
          available: Type.Optional(
            nullable(
              Type.Boolean({ description: 'Whether it is available to the account; null, and for all left out, as the reseller has it.' }),
            ),
          ),
        }),
        { maxItems: commonProducts.length, description: 'What is available to this account, whatever the reseller has for all.' },
      ),
    ),
    lang: language,
    custom_id: Type.Optional(nullable(Type.String({ maxLength: 255, description: "The reseller's own id of the account." }))),
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
  { is_active: Type.Boolean({ description: 'False blocks the user: sessions end, tokens stop until it is true again.' }) },
  { title: 'UserState', examples: [{ is_active: false }] },
)
