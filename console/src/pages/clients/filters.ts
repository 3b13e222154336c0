/** Every filter of GET /iam/clients. */
import { t } from '@lingui/core/macro'
import { api } from '../../api/client.ts'
import type { SellersPage } from '../../api/types.ts'
import type { Filter, Option } from '../../components/grid/definition.ts'
import type { Caller } from '../../lib/caller.ts'
import { productName, products, statusName } from '../../lib/words.ts'
import { countries } from './countries.ts'

const serviceStatuses = ['new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted']
const accountStatuses = ['new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready']
const options = (values: readonly string[], name: (value: string) => string): Option[] =>
  values.map((value) => ({ value, label: name(value) }))

/** As many as the server gives at once; a reseller has some dozens. */
const MOST_SELLERS = 1000

export const sellerOptions = {
  key: 'sellers',
  async load(signal: AbortSignal): Promise<Option[]> {
    const { results } = (await api(
      'GET /iam/admin/sellers',
      { query: { limit: MOST_SELLERS, ordering: 'full_name' } },
      signal,
    )) as SellersPage
    return results.map(({ id, full_name, email }) => ({ value: String(id), label: full_name || email }))
  },
}

const resellerOptions = {
  key: 'resellers',
  async load(signal: AbortSignal): Promise<Option[]> {
    const { results } = await api('GET /reeve/resellers', { query: { limit: MOST_SELLERS } }, signal)
    return results.map(({ id, name }) => ({ value: String(id), label: name }))
  },
}

const featureOptions = {
  key: 'features',
  async load(signal: AbortSignal): Promise<Option[]> {
    const features = await api('GET /iam/admin/feature', {}, signal)
    return features.map(({ id, name, service }) => ({ value: String(id), label: `${productName(service)}: ${name}` }))
  },
}

export function clientFilters(caller: Caller): Filter[] {
  const about = t`Account`
  const people = t`People`
  const services = t`Services`
  const life = t`Dates and traffic`
  const yesNo = [
    { value: 'true', label: t`Yes` },
    { value: 'false', label: t`No` },
  ]
  const text = (id: string, label: string, group = about): Filter => ({ id, params: [id], label, group, editor: { kind: 'text' } })
  const one = (id: string, label: string, group: string, all: Option[]): Filter => ({
    id,
    params: [id],
    label,
    group,
    editor: { kind: 'one', options: all },
  })
  const service = (id: string, label: string) => one(id, label, services, options(serviceStatuses, statusName))
  const all: Filter[] = [
    text('companyName', t`Company`),
    text('email', t`Email`),
    text('name', t`Name`),
    one('status', t`Status`, about, options(accountStatuses, statusName)),
    text('custom_id', t`Custom id`),
    { id: 'seller_id', params: ['seller_id'], label: t`Seller`, group: about, editor: { kind: 'one', options: sellerOptions } },
    one('country_code', t`Country`, about, [{ value: 'null', label: t`None` }, ...countries()]),
    one('client_type', t`Kind`, about, options(['common', 'reseller', 'sales'], clientTypeName)),
    one('is_test', t`Test account`, about, yesNo),
    one('deleted', t`Deleted accounts`, about, [
      { value: 'any', label: t`Shown as well` },
      { value: 'true', label: t`Only those` },
    ]),
    one('activated', t`Email confirmed`, about, yesNo),
    { id: 'bill_type', params: ['bill_type'], label: t`Billing type`, group: about, editor: { kind: 'text', exact: true } },
    text('promocode', t`Promo code`),
    text('secondaryhostnames', t`Hostname`),
    { id: 'id__in__exclude', params: ['id__in__exclude'], label: t`Without the accounts`, group: about, editor: { kind: 'ids' } },
    text('users_email', t`Email of a user`, people),
    text('users_name', t`Name of a user`, people),
    service('cdn', productName('CDN')),
    service('storage', productName('STORAGE')),
    service('dns', productName('DNS')),
    service('ddos', productName('DDOS')),
    service('cloud', productName('CLOUD')),
    service('infrastructure_protection', t`Infrastructure protection`),
    service('connect', 'Connect'),
    {
      id: 'feature_id_in',
      params: ['feature_id_in'],
      label: t`Feature`,
      group: services,
      editor: { kind: 'many', options: featureOptions, joined: 'any' },
    },
    {
      id: 'personal_product_availability',
      params: ['personal_product_availability'],
      label: t`Personally available`,
      group: services,
      editor: { kind: 'many', options: options(products, productName), joined: 'all' },
    },
    { id: 'trial_end_lte', params: ['trial_end_lte'], label: t`Trial ends`, group: services, editor: { kind: 'until' } },
    { id: 'created', params: ['created_at_gte', 'created_at_lte'], label: t`Created`, group: life, editor: { kind: 'days' } },
    {
      id: 'traffic',
      params: ['min_traffic', 'max_traffic'],
      label: t`Traffic allowed`,
      group: life,
      editor: { kind: 'numbers', unit: 'GB' },
    },
  ]
  if (caller.kind === 'platform')
    all.splice(6, 0, {
      id: 'reseller_id',
      params: ['reseller_id'],
      label: t`Reseller`,
      group: about,
      editor: { kind: 'one', options: resellerOptions },
    })
  return all
}

export const clientTypeName = (type: string): string => ({ common: t`Customer`, reseller: t`Reseller`, sales: t`Sales` })[type] ?? type
