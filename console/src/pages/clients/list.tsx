/** What the grid must know of accounts. */
import { t } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { lazy, useMemo } from 'react'
import { query } from '../../api/client.ts'
import type { Column, List, Option } from '../../components/grid/definition.ts'
import { Status } from '../../components/Status.tsx'
import { useCaller } from '../../lib/caller.ts'
import { type Product, productName, products, statusName, statusTone } from '../../lib/words.ts'
import { ClientActions } from './ClientActions.tsx'
import styles from './clients.module.css'
import { countryName } from './countries.ts'
import { clientFilters, clientTypeName, sellerOptions } from './filters.ts'
import { type ClientRow, fetchClients } from './row.ts'

const loadPanel = () => import('./ClientPanel.tsx')
const ClientPanel = lazy(loadPanel)

const marks: Record<string, string> = { new: '○', trial: '◆', trialend: '▲', active: '●', paused: '‖', activating: '◔', deleted: '■' }
const short: Record<Product, string> = { CDN: 'CDN', STORAGE: 'STO', STREAMING: 'STR', DNS: 'DNS', DDOS: 'DDoS', CLOUD: 'CLD' }

/** The services that are more than offered, in few characters; in words for who hovers or listens. */
function Services({ services }: { services: ClientRow['services'] }) {
  const some = products.flatMap((product) => {
    const status = services[product]
    return status === undefined || status === 'new' ? [] : [{ product, status }]
  })
  if (some.length === 0) return '–'
  const words = some.map(({ product, status }) => `${productName(product)}: ${statusName(status)}`).join(', ')
  return (
    <span title={words} className={styles.services}>
      <span className={styles.words}>{words}</span>
      {some.map(({ product, status }) => (
        <span key={product} aria-hidden="true" data-tone={statusTone(status)}>
          {marks[status]}
          {short[product]}
        </span>
      ))}
    </span>
  )
}

const address = (id: number) => `/clients/${id}`
const Company = ({ row }: { row: ClientRow }) => (
  <>
    <a href={address(row.id)} tabIndex={-1}>
      <bdi>{row.companyName || row.email}</bdi>
    </a>
    {row.is_test && <small className={styles.tag}>{t`Test`}</small>}
    {row.deleted && <small className={styles.tag}>{t`Deleted`}</small>}
  </>
)
const ClientStatus = ({ status }: Pick<ClientRow, 'status'>) => <Status tone={statusTone(status)}>{statusName(status)}</Status>
const isOr = (is: boolean) => (is ? t`Yes` : t`No`)

function columnsOf(sellerName: (id: number) => string): Column<ClientRow>[] {
  const service = (product: Product): Column<ClientRow> => ({
    id: product.toLowerCase(),
    label: productName(product),
    width: 130,
    cell: ({ services: { [product]: status } }) =>
      status === undefined ? '–' : <Status tone={statusTone(status)}>{statusName(status)}</Status>,
  })
  return [
    { id: 'id', label: t`Id`, width: 90, sort: 'id', end: true, cell: ({ id }) => id },
    { id: 'company_name', label: t`Company`, width: 240, sort: 'companyName', cell: (row) => <Company row={row} /> },
    { id: 'email', label: t`Email`, width: 230, sort: 'email', cell: ({ email }) => <bdi>{email}</bdi> },
    { id: 'name', label: t`Name`, width: 170, sort: 'name', cell: ({ name }) => (name ? <bdi>{name}</bdi> : '–') },
    { id: 'status', label: t`Status`, width: 180, sort: 'status', cell: (row) => <ClientStatus status={row.status} /> },
    { id: 'services', label: t`Services`, width: 280, cell: ({ services }) => <Services services={services} /> },
    { id: 'seller_id', label: t`Seller`, width: 160, cell: ({ seller }) => (seller === null ? '–' : <bdi>{sellerName(seller)}</bdi>) },
    { id: 'country_code', label: t`Country`, width: 130, cell: (row) => (row.country_code ? countryName(row.country_code) : '–') },
    { id: 'custom_id', label: t`Custom id`, width: 120, cell: (row) => (row.custom_id ? <bdi>{row.custom_id}</bdi> : '–') },
    { id: 'users', label: t`Users`, width: 80, end: true, cell: ({ users }) => users },
    { id: 'phone', label: t`Phone`, width: 150, cell: ({ phone }) => (phone ? <bdi>{phone}</bdi> : '–') },
    { id: 'website', label: t`Website`, width: 180, cell: ({ website }) => (website ? <bdi>{website}</bdi> : '–') },
    { id: 'bill_type', label: t`Billing type`, width: 120, cell: (row) => row.bill_type },
    { id: 'client_type', label: t`Kind`, width: 110, cell: (row) => clientTypeName(row.client_type) },
    { id: 'is_test', label: t`Test account`, width: 110, cell: (row) => isOr(row.is_test) },
    { id: 'deleted', label: t`Deleted`, width: 100, cell: ({ deleted }) => isOr(deleted) },
    { id: 'has_active_admin', label: t`Has an administrator`, width: 160, cell: (row) => isOr(row.has_active_admin) },
    { id: 'reseller_id', label: t`Reseller`, width: 100, end: true, cell: ({ resellers }) => resellers },
    ...products.map(service),
  ]
}

/** Columns that the export has, all but those that only the list shows. */
const exported =
  'id company_name email name status seller_id seller_email created_at country_code allowed_traffic is_test deleted phone custom_id website bill_type promocode client_type activated reseller_id secondary_hostnames deletion_requested_at cdn storage streaming ddos dns cloud infrastructure_protection connect'
    .split(' ')
    .map((value): Option => ({ value, label: value }))

export function useClientList(): List<ClientRow> {
  const { i18n } = useLingui()
  const caller = useCaller()
  const queries = useQueryClient()
  const router = useRouter()
  const { data: sellers } = useQuery({
    queryKey: ['options', sellerOptions.key],
    queryFn: ({ signal }) => sellerOptions.load(signal),
    staleTime: 60_000,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the texts are those of the language
  return useMemo(() => {
    const names = new Map(sellers?.map(({ value, label }) => [value, label]))
    return {
      name: 'clients',
      label: t`Accounts`,
      columns: columnsOf((id) => names.get(String(id)) ?? String(id)),
      usual: ['id', 'company_name', 'email', 'status', 'services', 'seller_id', 'country_code', 'custom_id'],
      filters: clientFilters(caller),
      defaults: { deleted: 'false' },
      searches: [
        { param: 'companyName', label: t`Company` },
        { param: 'email', label: t`Email` },
        { param: 'name', label: t`Name` },
        { param: 'users_email', label: t`Email of a user` },
        { param: 'custom_id', label: t`Custom id` },
        { param: 'secondaryhostnames', label: t`Hostname` },
      ],
      searchFor: (text) => (text.includes('@') ? 'email' : undefined),
      fetch: fetchClients,
      id: ({ id }) => id,
      nameOf: (row) => row.companyName || row.email,
      address,
      lines: (row) => [
        <Company key="company" row={row} />,
        <span key="more" className={styles.more}>
          <ClientStatus status={row.status} /> <bdi>{row.email}</bdi>
        </span>,
      ],
      isDimmed: ({ deleted }) => deleted,
      panel: ClientPanel,
      prefetch(id) {
        void loadPanel()
        void queries.prefetchQuery({ ...query('GET /iam/clients/{clientId}', { path: { clientId: id } }), staleTime: 10_000 })
        void queries.prefetchQuery({ ...query('GET /reeve/clients/{clientId}', { path: { clientId: id } }), staleTime: 10_000 })
        void router.preloadRoute({ to: '/clients/$clientId', params: { clientId: String(id) } })
      },
      exports: { path: '/reeve/clients/export', columns: exported },
      empty: {
        title: t`There are no accounts yet`,
        text: t`An account is a customer of yours. It has people who sign in, and services that they use.`,
        action: caller.kind === 'seller' ? undefined : <Link to="/clients/new">{t`Create an account`}</Link>,
      },
      actions: ClientActions,
    }
  }, [i18n.locale, caller, sellers, queries, router])
}
