/** The essentials of an account, beside the list. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Copy } from '../../components/Copy.tsx'
import { Fact, Facts } from '../../components/Fact.tsx'
import { Status } from '../../components/Status.tsx'
import { ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { number } from '../../lib/format.ts'
import { productName, products, statusName, statusTone } from '../../lib/words.ts'
import styles from './clients.module.css'
import { countryName } from './countries.ts'
import { sellerOptions } from './filters.ts'

export default function ClientPanel({ id }: { id: number }) {
  const { t } = useLingui()
  const { data: client, error, refetch } = useQuery(query('GET /iam/clients/{clientId}', { path: { clientId: id } }))
  const { data: details } = useQuery(query('GET /reeve/clients/{clientId}', { path: { clientId: id } }))
  const { data: sellers } = useQuery({ queryKey: ['options', sellerOptions.key], queryFn: ({ signal }) => sellerOptions.load(signal) })
  if (error) return <ErrorState error={error} retry={refetch} />
  if (!client) return <RowsSkeleton rows={8} />
  const seller = sellers?.find(({ value }) => value === String(client.seller))?.label ?? client.seller
  const active = client.users.filter(({ activated, deleted }) => activated && !deleted).length
  return (
    <div className={styles.panel}>
      <h2>
        <bdi>{client.companyName || client.email}</bdi>
      </h2>
      <p className={styles.states}>
        <Status tone={statusTone(client.status)}>{statusName(client.status)}</Status>
        {client.is_test && <small className={styles.tag}>{t`Test`}</small>}
        {client.deleted && <small className={styles.tag}>{t`Deleted`}</small>}
      </p>
      <Facts>
        <Fact term={t`Id`}>
          <Copy value={String(client.id)} label={t`Id`} />
        </Fact>
        <Fact term={t`Email`}>
          <Copy value={client.email} label={t`Email`} />
        </Fact>
        <Fact term={t`Name`}>{client.name ? <bdi>{client.name}</bdi> : '–'}</Fact>
        <Fact term={t`Phone`}>{client.phone ? <bdi>{client.phone}</bdi> : '–'}</Fact>
        <Fact term={t`Seller`}>{seller === null ? '–' : <bdi>{seller}</bdi>}</Fact>
        <Fact term={t`Custom id`}>{client.custom_id ? <bdi>{client.custom_id}</bdi> : '–'}</Fact>
        <Fact term={t`Country`}>{client.country_code ? countryName(client.country_code) : '–'}</Fact>
        <Fact term={t`Traffic allowed`}>{details ? `${number(details.allowed_traffic)} GB` : '–'}</Fact>
        <Fact term={t`Users`}>
          <Trans>
            {number(client.users.length)}, {number(active)} active
          </Trans>
        </Fact>
      </Facts>
      <h3>{t`Services`}</h3>
      <ul className={styles.products}>
        {products.map((product) => {
          const status = client.serviceStatuses[product]?.status
          return (
            <li key={product}>
              <span>{productName(product)}</span>
              {status ? <Status tone={statusTone(status)}>{statusName(status)}</Status> : '–'}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
