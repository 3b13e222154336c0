/** The services of the account as they stand: what each status means, and its features. Staff change them. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { query } from '../../api/client.ts'
import type { Client } from '../../api/types.ts'
import { Page } from '../../components/Page.tsx'
import { Status } from '../../components/Status.tsx'
import { Support } from '../../components/Support.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { servicesOf } from '../../lib/services.ts'
import { type Product, productName, statusName, statusTone } from '../../lib/words.ts'
import { Meaning } from './Meaning.tsx'
import styles from './services.module.css'

export default function ServicesPage() {
  const { t } = useLingui()
  const { data: client, error, refetch } = useQuery(query('GET /iam/clients/me', {}))
  return (
    <Page
      title={t`Services`}
      text={
        <Trans>
          What your account has, and how it stands. <Link to="/account">Which emails you get about it</Link>
        </Trans>
      }
    >
      {client ? <Cards client={client} /> : error ? <ErrorState error={error} retry={refetch} /> : <RowsSkeleton />}
      <Support />
    </Page>
  )
}

function Cards({ client }: { client: Client }) {
  const { t } = useLingui()
  const services = servicesOf(client)
  if (services.length === 0)
    return (
      <EmptyState title={t`No services yet`} text={<Trans>As soon as your provider makes a product available to you, it is here.</Trans>} />
    )
  return (
    <ul className={styles.cards}>
      {services.map(({ product, status }) => (
        <li key={product} className={styles.card}>
          <div className={styles.head}>
            <h2>{productName(product)}</h2>
            <Status tone={statusTone(status)}>{statusName(status)}</Status>
          </div>
          <p>
            <Meaning status={status} />
          </p>
          <Features client={client} product={product} />
        </li>
      ))}
    </ul>
  )
}

function Features({ client, product }: { client: Client; product: Product }) {
  const { t } = useLingui()
  const paid = client.paidFeatures[product] ?? []
  const free = client.freeFeatures[product] ?? []
  if (paid.length + free.length === 0) return null
  const features = [...paid.map((one) => ({ ...one, kind: t`paid` })), ...free.map((one) => ({ ...one, kind: t`included` }))]
  return (
    <>
      <h3>
        <Trans>Features</Trans>
      </h3>
      <ul className={styles.features}>
        {features.map(({ feature_id, name, kind }) => (
          <li key={feature_id}>
            {name} <span>{kind}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
