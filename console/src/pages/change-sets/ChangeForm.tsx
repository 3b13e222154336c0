/** The choice of a change, with what its type needs. */
import { useLingui } from '@lingui/react/macro'
import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import type { Change, Feature, ListedSeller } from '../../api/types.ts'
import { useCaller } from '../../lib/caller.ts'
import { productName, products, type ServiceStatus, statusName } from '../../lib/words.ts'
import { isForResellers } from './ApplyForm.tsx'
import { type ChangeType, changeTypes, typeName } from './words.ts'

/** What is chosen so far, as the fields hold it. */
export interface Chosen {
  type: ChangeType
  seller: string
  is_test: string
  product: string
  availability: string
  status: string
  feature_id: string
}
export const nothing: Chosen = {
  type: 'assign_seller',
  seller: '',
  is_test: 'true',
  product: 'CDN',
  availability: 'available',
  status: 'active',
  feature_id: '',
}
const NONE = 'none'

/** Returns the change that is chosen, undefined while something is missing. */
export function changeOf({ type, seller, is_test, product, availability, status, feature_id }: Chosen): Change | undefined {
  const ofProduct = product as NonNullable<Change['product']>
  switch (type) {
    case 'assign_seller':
      return seller === '' ? undefined : { type, seller: seller === NONE ? null : Number(seller) }
    case 'mark_test':
      return { type, is_test: is_test === 'true' }
    case 'set_availability':
      return { type, product: ofProduct, availability: availability as NonNullable<Change['availability']> }
    case 'set_service_status':
      return { type, product: ofProduct, status: status as ServiceStatus }
    case 'enable_feature':
    case 'disable_feature':
      return feature_id === '' ? undefined : { type, feature_id: Number(feature_id) }
    default:
      return { type }
  }
}

const statuses: readonly ServiceStatus[] = ['new', 'trial', 'trialend', 'activating', 'active', 'paused', 'deleted']
const sellers = query('GET /reeve/sellers', { query: { deleted: 'false', ordering: 'full_name', limit: 1000 } })
const features = query('GET /iam/admin/feature', {})

interface Props {
  chosen: Chosen
  change(chosen: Chosen): void
  /** Messages by the name of the field. */
  errors: Readonly<Record<string, string>>
}

export function ChangeForm({ chosen, change, errors }: Props) {
  const { t } = useLingui()
  const { kind } = useCaller()
  const { type } = chosen
  const ofSellers = useQuery({ ...sellers, enabled: type === 'assign_seller' })
  const ofFeatures = useQuery({ ...features, enabled: type === 'enable_feature' || type === 'disable_feature' })
  const field = (name: keyof Chosen, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      value={chosen[name]}
      error={errors[name]}
      data={data}
      onChange={(event) => change({ ...chosen, [name]: event.currentTarget.value })}
    />
  )
  const product = field(
    'product',
    t`Product`,
    products.map((value) => ({ value, label: productName(value) })),
  )
  const sellerName = ({ full_name, email, reseller_name }: ListedSeller) =>
    [full_name, email, kind === 'platform' && reseller_name].filter(Boolean).join(' · ')
  const featureName = ({ service, name, is_free }: Feature) => `${productName(service)} · ${name} · ${is_free ? t`Free` : t`Paid`}`
  return (
    <>
      {field(
        'type',
        t`What to change`,
        changeTypes
          .filter((one) => kind !== 'seller' || !isForResellers({ type: one }))
          .map((value) => ({ value, label: typeName(value) })),
      )}
      {type === 'assign_seller' &&
        field('seller', t`Seller`, [
          { value: '', label: t`Choose a seller` },
          { value: NONE, label: t`None` },
          ...(ofSellers.data?.results.map((one) => ({ value: String(one.id), label: sellerName(one) })) ?? []),
        ])}
      {type === 'mark_test' &&
        field('is_test', t`They are`, [
          { value: 'true', label: t`Test accounts` },
          { value: 'false', label: t`No test accounts` },
        ])}
      {(type === 'set_availability' || type === 'set_service_status') && product}
      {type === 'set_availability' &&
        field('availability', t`Availability`, [
          { value: 'available', label: t`Available` },
          { value: 'unavailable', label: t`Not available` },
          { value: 'default', label: t`As the reseller’s default` },
        ])}
      {type === 'set_service_status' &&
        field(
          'status',
          t`New status`,
          statuses.map((value) => ({ value, label: statusName(value) })),
        )}
      {(type === 'enable_feature' || type === 'disable_feature') &&
        field('feature_id', t`Feature`, [
          { value: '', label: t`Choose a feature` },
          ...(ofFeatures.data?.map((one) => ({ value: String(one.id), label: featureName(one) })) ?? []),
        ])}
    </>
  )
}
