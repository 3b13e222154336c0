/** Identity providers as a table: what each is, how far it is, and whom it is for. */
import { useLingui } from '@lingui/react/macro'
import { Link, useNavigate } from '@tanstack/react-router'
import type { IdentityProvider } from '../../api/types.ts'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import styles from './identity-providers.module.css'
import { audience, hasEndingCertificate, kindName, stateName, stateTone } from './words.ts'

export function ProviderTable({ label, rows }: { label: string; rows: readonly IdentityProvider[] }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const staff = isStaff(useCaller())
  const forWhom: Column<IdentityProvider> = {
    id: 'for',
    header: t`For`,
    cell: (provider) =>
      provider.client_id === null ? (
        audience(provider)
      ) : (
        <Link to="/clients/$clientId" params={{ clientId: String(provider.client_id) }}>
          <bdi>{audience(provider)}</bdi>
        </Link>
      ),
    minor: true,
  }
  const columns: Column<IdentityProvider>[] = [
    {
      id: 'name',
      header: t`Name`,
      cell: ({ id, name }) => (
        <Link to="/identity_providers/$providerId" params={{ providerId: String(id) }} className={styles.name}>
          <bdi>{name}</bdi>
        </Link>
      ),
    },
    { id: 'kind', header: t`Kind`, cell: ({ kind }) => kindName(kind) },
    {
      id: 'state',
      header: t`Status`,
      cell: (provider) => (
        <span className={styles.marks}>
          <Status tone={stateTone[provider.state]}>{stateName(provider.state)}</Status>
          {provider.metadata_error !== null && <Status tone="bad">{t`Metadata unreadable`}</Status>}
          {hasEndingCertificate(provider) && <Status tone="warn">{t`Certificate ends`}</Status>}
        </span>
      ),
    },
    { id: 'domains', header: t`Domains`, cell: ({ domains }) => <Domains domains={domains} /> },
    ...(staff ? [forWhom] : []),
  ]
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      onRow={({ id }) => void navigate({ to: '/identity_providers/$providerId', params: { providerId: String(id) } })}
    />
  )
}

/** The first two; what is not proven is marked. */
function Domains({ domains }: Pick<IdentityProvider, 'domains'>) {
  const { t } = useLingui()
  if (domains.length === 0) return <>–</>
  const more = domains.length - 2
  return (
    <span className={styles.marks}>
      {domains.slice(0, 2).map(({ id, domain, proven }) => (
        <span key={id}>
          <bdi>{domain}</bdi>
          {!proven && (
            <>
              {' '}
              <Status tone="warn">{t`Not proven`}</Status>
            </>
          )}
        </span>
      ))}
      {more > 0 && <span className={styles.muted}>{t`and ${more} more`}</span>}
    </span>
  )
}
