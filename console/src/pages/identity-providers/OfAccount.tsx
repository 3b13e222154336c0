/** The identity providers of one account, among its parts. */
import { useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { EmptyState, ErrorState, RowsSkeleton } from '../../components/states.tsx'
import { Providers, useAdding } from './Providers.tsx'

interface Props {
  account: { id: number; client_type: string; mayChange: boolean }
}

export default function OfAccount({ account: { id, client_type, mayChange } }: Props) {
  const { t } = useLingui()
  const { data, error, refetch } = useQuery(query('GET /reeve/identity_providers', { query: { client_id: id } }))
  const { button, dialog } = useAdding(id, data?.length ?? 0, mayChange)
  if (client_type === 'reseller')
    return <EmptyState title={t`Not for this account`} text={t`Staff sign in by the providers under Settings, Single sign-on.`} />
  if (error && !data) return <ErrorState error={error} retry={refetch} />
  if (!data) return <RowsSkeleton rows={3} />
  return (
    <Section
      title={t`Single sign-on`}
      text={t`Identity providers for the users of this account only. Its Administrators can set them up, too.`}
      actions={data.length > 0 && button}
    >
      <Providers
        rows={data}
        text={t`Add the system that this customer uses every day, such as Entra, Okta, Google Workspace or Keycloak.`}
        button={button}
      />
      {dialog}
    </Section>
  )
}
