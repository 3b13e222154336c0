/** The filters of GET /iam/clients, by the columns of client_list. */
import type { ScopedSql } from '../../../db/scope.ts'
import { flag, instant, integers, number, oneOf, parameter, someOf, text } from '../../../http/parameters.ts'
import type { Caller } from '../../../lib/caller.ts'
import { clientStatuses, products, serviceStatuses } from '../../../lib/products.ts'
import { ADMINISTRATORS } from '../../../lib/roles.ts'
import {
  atLeast,
  atMost,
  type Bucketing,
  containing,
  contains,
  equals,
  equalsId,
  type Filter,
  type Fragment,
  onlyDeleted,
} from '../../../lists/filters.ts'
import { clientTypes } from '../clients.schema.ts'

const status = (column: string, product: string) => equals(column, oneOf(serviceStatuses, `Status of the account's ${product} service.`))

/** Columns of client_user_search, and names of the filters that search them. */
export const peopleColumns = ['users_name', 'users_email']

/** Selects the rows of client_user_search that contain these texts, as far as staff may see them. */
export const ofPeople = (db: ScopedSql, caller: Caller, texts: Record<string, string>): Fragment =>
  Object.entries(texts).reduce(
    (all, [column, value]) => db`${all} AND ${db(column)} LIKE ${containing(db, value)}`,
    caller.kind === 'platform' ? db`true` : db`reseller_id = ${caller.resellerId}`,
  )

/** Searches the users' names or emails. A client user searches only users visible to it: a filter must not reveal more than the list. */
const ofUsers = (column: 'name' | 'email', description: string): Filter<string> => ({
  parameter: text(description),
  condition: (db, value, caller) => {
    if (caller.kind !== 'client')
      return db`id IN (SELECT id FROM client_user_search WHERE ${ofPeople(db, caller, { [`users_${column}`]: value })})`
    const all = caller.role.id === ADMINISTRATORS ? caller.clientId : null
    return db`EXISTS (SELECT FROM client_users m JOIN users u ON u.id = m.user_id WHERE m.client_id = client_list.id AND u.deleted_at IS NULL
      AND (u.id = ${caller.userId} OR m.client_id = ${all}) AND fold(${db(`u.${column}`)}) LIKE ${containing(db, value)})`
  },
})

const traffic: Bucketing<number> = {
  column: 'allowed_traffic',
  type: 'double precision',
  numberOf: (gigabytes) => gigabytes,
  start: (gigabytes) => gigabytes,
}
const DAY = 86_400_000
const created: Bucketing<string> = {
  column: 'created_at',
  type: 'timestamptz',
  numberOf: (instant) => Date.parse(instant) / DAY,
  start: (day) => new Date(day * DAY).toISOString(),
}

export const clientFilters = {
  email: contains('email', 'Part of the email of the account.'),
  companyName: contains('company_name', 'Part of the company name.'),
  name: contains('name', 'Part of the name.'),
  deleted: onlyDeleted('`true` only deleted accounts, `false` only live ones, anything else all.'),
  reseller_id: equalsId('reseller_id', 'Reseller of the account.'),
  seller_id: equalsId('seller_id', 'Seller of the account.'),
  custom_id: contains('custom_id', "Part of the reseller's own id."),
  cdn: status('cdn', 'CDN'),
  storage: status('storage', 'STORAGE'),
  ddos: status('ddos', 'DDOS'),
  dns: status('dns', 'DNS'),
  cloud: status('cloud', 'CLOUD'),
  infrastructure_protection: status('infrastructure_protection', 'INFRASTRUCTURE_PROTECTION'),
  connect: status('connect', 'CONNECT'),
  min_traffic: atLeast(traffic, number('Minimum allowed traffic in GB.')),
  max_traffic: atMost(traffic, number('Maximum allowed traffic in GB.')),
  secondaryhostnames: contains('hostnames', 'Part of one of the secondary hostnames.'),
  activated: equals('activated', flag('Whether the owner of the account confirmed the email.')),
  id__in__exclude: {
    parameter: integers('Accounts to leave out, ids separated by commas.'),
    condition: (db, value) => db`id <> ALL (${value}::bigint[])`,
    facets: () => [],
    excess: (db, value) => db`id = ANY (${value}::bigint[])`,
  } satisfies Filter<number[]>,
  bill_type: equals('bill_type', text('Billing type, exactly.')),
  users_name: ofUsers('name', "Part of the name of one of the account's users."),
  users_email: ofUsers('email', "Part of the email of one of the account's users."),
  created_at_gte: atLeast(created, instant('Created at this time or later.')),
  created_at_lte: atMost(created, instant('Created at this time or earlier.')),
  feature_id_in: {
    parameter: integers('Any of these features is enabled, ids separated by commas.'),
    // A number out of range of the catalogue's type is the id of no feature.
    condition: (db, value) => db`features && ${value.map((id) => (id <= 2_147_483_647 ? id : -1))}::int[]`,
    facets: (value) => [{ facet: 'features', anyOf: value.map(String) }],
  } satisfies Filter<number[]>,
  is_test: equals('is_test', flag('Whether the account is for tests.')),
  client_type: equals('client_type', oneOf(clientTypes, 'Kind of the account.')),
  personal_product_availability: {
    parameter: someOf(products, 'Each of these products has a personal setting *available*; separated by commas.'),
    condition: (db, value) => db`personal @> ${value as string[]}::text[]`,
    facets: (value) => value.map((product) => ({ facet: 'personal', anyOf: [product] })),
  } satisfies Filter<(typeof products)[number][]>,
  promocode: contains('promocode', 'Part of the promo code.'),
  country_code: {
    parameter: parameter<string | null>(
      { type: 'string', description: 'ISO 3166-1 alpha-2 code, or `null` for accounts without a country.' },
      (value) => (value === 'null' ? null : value),
    ),
    condition: (db, value) => (value === null ? db`country_code IS NULL` : db`country_code = ${value}`),
    facets: (value) => [{ facet: 'country_code', anyOf: [value ?? ''] }],
  } satisfies Filter<string | null>,
  // Beyond the contract.
  status: equals('status', oneOf(clientStatuses, 'Status of the account.')),
  trial_end_lte: {
    parameter: instant('A service is on trial, and the trial ends at this time or earlier.'),
    condition: (db, value, { kind, resellerId }) => db`id IN (SELECT s.client_id FROM services s
      WHERE s.status = 'trial' AND s.trial_end <= ${value} ${kind === 'platform' ? db`` : db`AND s.reseller_id = ${resellerId}`})`,
  } satisfies Filter<string>,
}

/** Fields of `ordering` and their columns. Text is sorted by its folded form, by code point. */
export const clientOrders = {
  id: 'id',
  email: 'email',
  name: 'name',
  status: 'status',
  companyName: 'company_name',
  company_name: 'company_name',
  created_at: 'created_at',
  created: 'created_at',
} as const
