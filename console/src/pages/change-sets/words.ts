/** Bulk changes in words. */
import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import type { Change, ChangeResult, ChangeSet } from '../../api/types.ts'
import type { Tone } from '../../components/Status.tsx'
import { productName, statusName } from '../../lib/words.ts'

export type ChangeType = Change['type']
export type Outcome = ChangeResult['outcome']

export const changeTypes: readonly ChangeType[] = [
  'assign_seller',
  'mark_test',
  'set_service_status',
  'set_availability',
  'enable_feature',
  'disable_feature',
  'delete',
  'restore',
]

export const typeName = (type: ChangeType): string =>
  ({
    assign_seller: t`Assign a seller`,
    mark_test: t`Mark as test accounts or not`,
    set_service_status: t`Change the status of a service`,
    set_availability: t`Change the availability of a product`,
    enable_feature: t`Enable a feature`,
    disable_feature: t`Disable a feature`,
    delete: t`Delete accounts`,
    restore: t`Restore accounts`,
  })[type]

/** Keeps a name of another direction of writing from reordering the words around it, where no element can. */
const isolated = (name: string) => `\u2068${name}\u2069`

/** A change in words, with the names of what it speaks of as soon as they are known. */
export function useChangeWords(change: Change): string {
  const { type, seller, feature_id } = change
  const ofSeller = useQuery({
    ...query('GET /iam/admin/sellers/{sellerId}', { path: { sellerId: seller ?? 0 } }),
    enabled: type === 'assign_seller' && typeof seller === 'number',
  })
  const features = useQuery({ ...query('GET /iam/admin/feature', {}), enabled: feature_id !== undefined, staleTime: 60_000 })
  const product = productName(change.product ?? '')
  const feature = isolated(features.data?.find(({ id }) => id === feature_id)?.name ?? `#${feature_id}`)
  switch (type) {
    case 'assign_seller': {
      if (seller === null) return t`Remove the seller`
      const name = isolated(ofSeller.data?.full_name || ofSeller.data?.email || `#${seller}`)
      return t`Assign the seller ${name}`
    }
    case 'mark_test':
      return change.is_test ? t`Mark as test accounts` : t`Mark as no test accounts`
    case 'set_service_status': {
      const status = statusName(change.status ?? '')
      return t`Set the status of ${product} to “${status}”`
    }
    case 'set_availability':
      if (change.availability === 'default') return t`${product}: follow the default`
      return change.availability === 'available' ? t`Make ${product} available` : t`Take away ${product}`
    case 'enable_feature':
      return t`Enable ${feature}`
    case 'disable_feature':
      return t`Disable ${feature}`
    default:
      return typeName(type)
  }
}

export const stateName = (state: ChangeSet['state']): string =>
  ({ draft: t`Draft`, applying: t`Being applied`, stopped: t`Stopped`, done: t`Done` })[state]
export const stateTones: Record<ChangeSet['state'], Tone> = { draft: 'quiet', applying: 'info', stopped: 'warn', done: 'good' }

export const outcomes: readonly Outcome[] = ['changed', 'unchanged', 'refused']
export const outcomeName = (outcome: Outcome): string =>
  ({ changed: t`Changed`, unchanged: t`Was so already`, refused: t`Refused` })[outcome]
export const outcomeTones: Record<Outcome, Tone> = { changed: 'good', unchanged: 'quiet', refused: 'warn' }

/** @param message of the server, for a code that this version does not know */
export const reasonWords = (code: string | null, message: string | null): string =>
  ({
    not_found: t`The account or its service does not exist.`,
    forbidden: t`Sellers may not change the reseller’s own account.`,
    object_deleted: t`The account is deleted.`,
    product_in_use: t`The product is in use and must stay available.`,
    product_not_available: t`The product is not available to the account.`,
    transition_not_allowed: t`A service cannot pass into this status from the present one.`,
    technical_account: t`A reseller’s own account cannot be deleted.`,
    company_taken: t`Another account has this company name.`,
    invalid_parameter: t`The chosen seller is no longer a seller.`,
    internal_error: t`Something went wrong in the server. Its log says what.`,
  })[code ?? ''] ??
  message ??
  '–'
