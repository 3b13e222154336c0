/** JSON schemas of change sets. */
import { type Static, Type } from 'typebox'
import type { errorCodes } from '../../http/error-codes.ts'
import { enumeration, id, instant, nullable } from '../../http/schema.ts'
import { commonProducts, serviceStatuses } from '../../lib/products.ts'

export const changeTypes = [
  'assign_seller',
  'mark_test',
  'set_availability',
  'set_service_status',
  'enable_feature',
  'disable_feature',
  'delete',
  'restore',
] as const
export const availabilities = ['available', 'unavailable', 'default'] as const
export const states = ['draft', 'applying', 'stopped', 'done'] as const
export const outcomes = ['changed', 'unchanged', 'refused'] as const

/** The most accounts that a change set takes by their ids. */
export const MOST_IDS = 10_000

const anyId = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }

/** Flat, because the fields of a body are copied by its schema, which cannot tell one shape from another. */
export const Change = Type.Object(
  {
    type: enumeration(changeTypes, { description: 'What is done to each account.' }),
    seller: Type.Optional(
      nullable(Type.Integer({ ...anyId, description: 'For `assign_seller`: a seller of the reseller, or null for none.' })),
    ),
    is_test: Type.Optional(Type.Boolean({ description: 'For `mark_test`: whether the accounts are for tests.' })),
    product: Type.Optional(enumeration(commonProducts, { description: 'For `set_availability` and `set_service_status`: the product.' })),
    availability: Type.Optional(
      enumeration(availabilities, { description: 'For `set_availability`: a setting of the account, or the default of its reseller.' }),
    ),
    status: Type.Optional(enumeration(serviceStatuses, { description: 'For `set_service_status`: the new status of the service.' })),
    feature_id: Type.Optional(
      Type.Integer({ ...anyId, description: 'For `enable_feature` and `disable_feature`: a free or paid feature.' }),
    ),
  },
  { title: 'Change', examples: [{ type: 'mark_test', is_test: true }], description: 'A change, with the fields of its type.' },
)
export type Change = Static<typeof Change>

/**
 * Without `properties`, so that a filter that does not exist is refused and not left out, which would select more accounts. The filters
 * themselves are checked where they are read.
 */
const filter = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  examples: [{ cdn: 'trial', is_test: false }],
  description:
    'The accounts that match all of these filters, which are the query parameters of `GET /iam/clients`. Without any: all accounts.',
})

export const ChangeSetDraft = Type.Object(
  {
    change: Change,
    select: Type.Object(
      {
        ids: Type.Optional(Type.Array(Type.Integer(anyId), { minItems: 1, maxItems: MOST_IDS, description: 'These accounts.' })),
        filter: Type.Optional(filter),
      },
      {
        description:
          'Either `ids` or `filter`. An operator of the platform must name one reseller: by `reseller_id` in the filter, or by accounts of one.',
      },
    ),
  },
  {
    title: 'ChangeSetDraft',
    examples: [{ change: { type: 'mark_test', is_test: true }, select: { ids: [1006] } }],
  },
)
export type ChangeSetDraft = Static<typeof ChangeSetDraft>

const number = (description: string) => Type.Integer({ minimum: 0, description })
const code = Type.String({ examples: ['product_in_use'] satisfies (keyof typeof errorCodes)[], description: 'Why, as an error code.' })
const message = Type.String({ description: 'What the code means.' })
const company = nullable(Type.String({ description: 'Company, null if the caller does not see the account.' }))
const email = (description: string) => Type.String({ description })

export const Preview = Type.Object(
  {
    selected: number('How many accounts are selected.'),
    will_change: number('How many will change.'),
    unchanged: number('How many are so already.'),
    refused: number('How many cannot be changed so.'),
    reasons: Type.Array(
      Type.Object({
        code,
        message,
        count: number('How many accounts are refused for this reason.'),
        examples: Type.Array(Type.Object({ id: id('Account.'), company }), { maxItems: 5, description: 'Some of them.' }),
      }),
      { description: 'Why, the most frequent reason first.' },
    ),
  },
  { title: 'ChangeSetPreview', description: 'What would come of it, as of when it was drafted.' },
)
export type Preview = Static<typeof Preview>

const Progress = Type.Unsafe<object | null>({
  type: ['object', 'null'],
  description: 'How far it is, null in a draft.',
  required: ['total', 'done', ...outcomes],
  properties: {
    total: number('How many accounts were selected when it was applied.'),
    done: number('How many of them have a result.'),
    changed: number('How many were changed.'),
    unchanged: number('How many were so already.'),
    refused: number('How many were refused.'),
  },
})

export const ChangeSet = Type.Object(
  {
    id: id('Change set.'),
    state: enumeration(states, { description: 'Where it stands.' }),
    change: Change,
    filter: Type.Unsafe<object | null>({
      type: ['object', 'null'],
      additionalProperties: { type: ['string', 'number', 'boolean'] },
      description: 'The filters that select the accounts, null if they were selected by ids.',
    }),
    preview: Preview,
    progress: Progress,
    stopped_because: nullable(
      enumeration(['requested', 'access_lost'], {
        description: 'Why it is stopped. `access_lost`: who applied it may no longer make such a change. Somebody else can go on.',
      }),
    ),
    created_by: id('User who drafted it.'),
    created_by_email: email('Email that this user had then.'),
    created_at: instant('When it was drafted.'),
    applied_by: nullable(Type.Integer({ description: 'User who applied it or went on with it last.' })),
    applied_by_email: nullable(email('Email that this user had then.')),
    applied_at: nullable(instant('When it was applied.')),
    finished_at: nullable(instant('When it was done.')),
  },
  { title: 'ChangeSet' },
)

export const ChangeResult = Type.Object(
  {
    client_id: id('Account.'),
    company,
    outcome: enumeration(outcomes, { description: 'What became of it.' }),
    code: nullable(code),
    message: nullable(message),
  },
  { title: 'ChangeResult' },
)
