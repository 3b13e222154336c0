/**
 * What each type of change needs, who may make it, what it comes to for an account as a condition on client_list, and how it is made. Both
 * halves must agree: the preview asks the conditions in their order, and the first that holds decides.
 */
import type { ScopedSql } from '../../db/scope.ts'
import { type Access, access } from '../../http/access.ts'
import type { ErrorCode } from '../../http/error-codes.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { inUse, type Product, type ServiceStatus } from '../../lib/products.ts'
import type { Fragment } from '../../lists/filters.ts'
import { givePersonal, takePersonal } from '../availability/availability.rules.ts'
import { type AccountRecord, updateAccounts } from '../clients/clients.queries.ts'
import { assertLiveSeller, type Refused } from '../clients/clients.rules.ts'
import { lifecycleStateOf, takeStep } from '../clients/lifecycle/lifecycle.rules.ts'
import { deleteFeature, findFeatures, insertEnabled } from '../features/features.queries.ts'
import { moveServices } from '../services/services.changes.ts'
import { transitions } from '../services/services.rules.ts'
import type { Change } from './change-sets.schema.ts'

export type Verdict = 'unchanged' | ErrorCode

export interface Outcome {
  changed: readonly number[]
  refused: Refused
  /** Whether the read model was updated too. */
  refreshed?: true
}

type Field = Exclude<keyof Change, 'type'>
/** A change with the fields that its type requires. */
type With<F extends Field> = Change & { [K in F]-?: NonNullable<Change[K]> | Extract<Change[K], null> }

interface Kind<F extends Field> {
  fields: readonly F[]
  access: Access
  /** Whether it is for deleted accounts too. */
  deletedToo?: true
  /** @throws 400 if it cannot be made to any account of the reseller */
  assertPossible?(db: ScopedSql, change: With<F>, resellerId: number): Promise<void>
  verdicts(db: ScopedSql, change: With<F>, resellerId: number): readonly (readonly [Verdict, Fragment])[]
  /** Changes locked accounts of the reseller. */
  apply(db: ScopedSql, caller: Caller, accounts: readonly AccountRecord[], change: With<F>, resellerId: number): Promise<Outcome>
}

const kind = <const F extends Field>(of: Kind<F>) => of

const none: Refused = new Map()
const idsOf = (accounts: readonly AccountRecord[]) => accounts.map(({ id }) => id)

const column = (db: ScopedSql, product: Product) => db`${db(product.toLowerCase())}`
const usedNow = (db: ScopedSql, product: Product) => db`${column(db, product)} = ANY (${[...inUse]}::text[])`
const offered = (db: ScopedSql, product: Product, resellerId: number) =>
  db`EXISTS (SELECT FROM default_availability WHERE reseller_id = ${resellerId} AND product = ${product} AND available)`
const allowed = (db: ScopedSql, product: Product) => db`personal @> ARRAY[${product}::text]`
const withheld = (db: ScopedSql, product: Product, resellerId: number) =>
  db`id IN (SELECT client_id FROM client_availability WHERE reseller_id = ${resellerId} AND product = ${product} AND NOT available)`

async function assertFeature(db: ScopedSql, { feature_id }: With<'feature_id'>): Promise<void> {
  const [feature] = await findFeatures(db, feature_id)
  if (!feature) throw errors.invalid({ change: { feature_id: ['There is no such feature.'] } })
}

/** Statuses that lead to this one. */
const before = (status: ServiceStatus) => Object.entries(transitions).flatMap(([from, to]) => (to.includes(status) ? [from] : []))

const technical = (db: ScopedSql) => ['technical_account', db`client_type = 'reseller'`] as const

export const kinds = {
  assign_seller: kind({
    fields: ['seller'],
    access: access.staff,
    async assertPossible(db, { seller }, resellerId) {
      if (seller === null) return
      await assertLiveSeller(db, seller, resellerId).catch(() => {
        throw errors.invalid({ change: { seller: ['The reseller has no such seller.'] } })
      })
    },
    verdicts: (db, { seller }) => [['unchanged', db`seller_id IS NOT DISTINCT FROM ${seller}`]],
    async apply(db, _, accounts, { seller }, resellerId) {
      if (seller !== null) {
        // After the accounts, as everybody does: it must remain a seller until they are assigned to it.
        await db`SELECT FROM users WHERE id = ${seller} FOR NO KEY UPDATE`
        await assertLiveSeller(db, seller, resellerId)
      }
      return { changed: await updateAccounts(db, idsOf(accounts), 'seller_id', seller), refused: none }
    },
  }),
  mark_test: kind({
    fields: ['is_test'],
    access: access.staff,
    verdicts: (db, { is_test }) => [['unchanged', db`is_test = ${is_test}`]],
    apply: async (db, _, accounts, { is_test }) => ({
      changed: await updateAccounts(db, idsOf(accounts), 'is_test', is_test),
      refused: none,
    }),
  }),
  set_availability: kind({
    fields: ['product', 'availability'],
    access: access.staff,
    verdicts(db, { product, availability }, resellerId) {
      const refused = withheld(db, product, resellerId)
      switch (availability) {
        case 'available':
          return [['unchanged', allowed(db, product)]]
        case 'unavailable':
          return [
            ['product_in_use', usedNow(db, product)],
            ['unchanged', refused],
          ]
        case 'default':
          return [
            ['unchanged', db`NOT (${allowed(db, product)} OR ${refused})`],
            ['product_in_use', db`${usedNow(db, product)} AND NOT ${offered(db, product, resellerId)}`],
          ]
      }
    },
    async apply(db, _, accounts, { product, availability }) {
      if (availability === 'default') return { ...(await takePersonal(db, accounts, product)), refreshed: true }
      return givePersonal(db, idsOf(accounts), { product_name: product, available: availability === 'available' })
    },
  }),
  set_service_status: kind({
    fields: ['product', 'status'],
    access: access.staff,
    verdicts: (db, { product, status }, resellerId) => [
      ['not_found', db`${column(db, product)} IS NULL`],
      ['unchanged', db`${column(db, product)} = ${status}`],
      ['transition_not_allowed', db`${column(db, product)} <> ALL (${before(status)}::text[])`],
      ...(inUse.includes(status)
        ? ([
            [
              'product_not_available',
              db`NOT (${allowed(db, product)} OR ${offered(db, product, resellerId)} AND NOT ${withheld(db, product, resellerId)})`,
            ],
          ] as const)
        : []),
    ],
    apply: (db, _, accounts, { product, status }) => moveServices(db, accounts, product, status),
  }),
  enable_feature: kind({
    fields: ['feature_id'],
    access: access.staff,
    assertPossible: assertFeature,
    verdicts: (db, { feature_id }) => [['unchanged', db`features @> ARRAY[${feature_id}::int]`]],
    async apply(db, _, accounts, { feature_id }) {
      const enabled = await insertEnabled(db, idsOf(accounts), feature_id)
      return { changed: enabled.map(({ client_id }) => client_id), refused: none }
    },
  }),
  disable_feature: kind({
    fields: ['feature_id'],
    access: access.staff,
    assertPossible: assertFeature,
    verdicts: (db, { feature_id }) => [['unchanged', db`NOT features @> ARRAY[${feature_id}::int]`]],
    apply: async (db, _, accounts, { feature_id }) => ({ changed: await deleteFeature(db, idsOf(accounts), feature_id), refused: none }),
  }),
  delete: kind({
    fields: [],
    access: access.resellers,
    deletedToo: true,
    verdicts: (db) => [['unchanged', db`deleted`], technical(db)],
    apply: (db, caller, accounts) =>
      takeStep(
        db,
        caller,
        accounts.filter((account) => !account.deleted),
        'delete',
      ),
  }),
  restore: kind({
    fields: [],
    access: access.resellers,
    deletedToo: true,
    verdicts: (db, _, resellerId) => [
      ['unchanged', db`NOT deleted`],
      technical(db),
      [
        'company_taken',
        db`EXISTS (SELECT FROM clients c WHERE c.reseller_id = ${resellerId} AND c.company_folded = client_list.company_name AND c.deleted_at IS NULL)`,
      ],
      // Or by one of these that is restored before it.
      ['company_taken', db`row_number() OVER (PARTITION BY deleted, company_name ORDER BY id) > 1`],
    ],
    apply: (db, caller, accounts) =>
      takeStep(
        db,
        caller,
        accounts.filter((account) => lifecycleStateOf(account) === 'deleted'),
        'restore',
      ),
  }),
} satisfies Record<Change['type'], object>

export const kindOf = ({ type }: Pick<Change, 'type'>): Kind<Field> => kinds[type] as unknown as Kind<Field>

/** Returns the change with the fields of its type only. @throws 400 for each that is missing */
export function assertWhole(change: Change): With<Field> {
  const { fields } = kindOf(change)
  const missing = fields.filter((field) => change[field] === undefined)
  if (missing.length > 0) throw errors.invalid({ change: Object.fromEntries(missing.map((field) => [field, ['This field is required.']])) })
  return Object.fromEntries([['type', change.type], ...fields.map((field) => [field, change[field]])]) as unknown as With<Field>
}
