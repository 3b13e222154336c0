/** The reseller's name and logo at the top of the navigation. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { query } from '../../api/client.ts'
import styles from './Brand.module.css'

export function Brand() {
  const { data: brand } = useQuery({ ...query('GET /reeve/session/brand', {}), staleTime: 60_000 })
  return (
    <Link to="/" className={styles.brand}>
      {brand?.logo ? <img src={brand.logo} alt="" height={24} /> : <img src="/favicon.svg" alt="" height={24} width={24} />}
      <span>{brand?.name ?? ''}</span>
    </Link>
  )
}
