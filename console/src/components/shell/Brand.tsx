/** The reseller's name and logo at the top of the navigation, and its colours throughout the console. */
import { useComputedColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { query } from '../../api/client.ts'
import { accentOf } from '../../lib/accent.ts'
import styles from './Brand.module.css'

/** The server's, for a host that is no reseller's and for a reseller that has chosen none: then the console's own hold. */
const neutral = { header: '#1f2a44', primary: '#1f5fbf' }

export function Brand() {
  const { data: brand } = useQuery({ ...query('GET /reeve/session/brand', {}), staleTime: 60_000 })
  const { primary = neutral.primary, header = neutral.header, on_header = '#ffffff' } = brand?.colors ?? {}
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    if (primary === neutral.primary) return
    const { style } = document.documentElement
    const accent = accentOf(primary, scheme)
    for (const [name, value] of Object.entries(accent)) style.setProperty(name, value)
    return () => {
      for (const name of Object.keys(accent)) style.removeProperty(name)
    }
  }, [primary, scheme])
  useEffect(() => {
    if (!brand?.favicon) return
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel=icon]')) {
      link.removeAttribute('type')
      link.href = brand.favicon
    }
  }, [brand?.favicon])
  // A logo is made for the colour of the header.
  const coloured = header !== neutral.header || (brand?.logo ?? null) !== null
  return (
    <Link to="/" className={styles.brand} {...(coloured && { style: { background: header, color: on_header }, 'data-coloured': true })}>
      {brand?.logo && <img src={brand.logo} alt="" height={24} />}
      {brand?.name === 'Reeve' && !brand.logo && <img src="/favicon.svg" alt="" height={24} width={24} />}
      <span>{brand?.name ?? ''}</span>
    </Link>
  )
}
