/** Where the reader finds help: what the reseller has set for this host. */
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../api/client.ts'

export function Support() {
  const { data: brand } = useQuery({ ...query('GET /reeve/session/brand', {}), staleTime: 60_000 })
  if (!brand) return null
  const { email, phone, website } = brand.support
  const ways = [
    email && (
      <a key="email" href={`mailto:${email}`}>
        {email}
      </a>
    ),
    phone && (
      <a key="phone" href={`tel:${phone.replace(/[^+\d]/g, '')}`}>
        {phone}
      </a>
    ),
    website && (
      <a key="website" href={website} target="_blank" rel="noreferrer">
        {website.replace(/^https?:\/\/|\/$/g, '')}
      </a>
    ),
  ].filter((way) => way)
  if (ways.length === 0) return null
  return (
    <p>
      <Trans>Questions, or something to change? Your provider {brand.name} helps.</Trans>{' '}
      {ways.map((way, index) => [index > 0 && ' · ', way])}
    </p>
  )
}
