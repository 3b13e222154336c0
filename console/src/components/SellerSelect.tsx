/** The seller of an account: its name, and the choice of another. */
import { Trans, useLingui } from '@lingui/react/macro'
import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { query } from '../api/client.ts'

interface InputProps {
  label: string
  value: string
  onChange(value: string): void
  error: string | undefined
}

const sellers = query('GET /reeve/sellers', { query: { deleted: 'false', ordering: 'full_name', limit: 1000 } })

export function SellerName({ id }: { id: number | null }) {
  const { data } = useQuery({ ...query('GET /iam/admin/sellers/{sellerId}', { path: { sellerId: id ?? 0 } }), enabled: id !== null })
  if (id === null) return <Trans>None</Trans>
  return (
    <Link to="/clients" search={{ seller_id: String(id) } as never}>
      <bdi>{data?.full_name || data?.email || id}</bdi>
    </Link>
  )
}

export function SellerSelect({ label, value, onChange, error }: InputProps) {
  const { t } = useLingui()
  const { data } = useQuery(sellers)
  const results = data?.results ?? []
  const isKnown = value === '' || results.some(({ id }) => String(id) === value)
  return (
    <NativeSelect
      label={label}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t`None` },
        ...(isKnown ? [] : [{ value, label: value }]),
        ...results.map(({ id, full_name, email }) => ({ value: String(id), label: full_name ? `${full_name} · ${email}` : email })),
      ]}
    />
  )
}
