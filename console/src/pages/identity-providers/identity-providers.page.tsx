/** The systems that people sign in by: the reseller's own and those of its accounts, or for an Administrator those of the account. */
import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { query } from '../../api/client.ts'
import { Page, Section } from '../../components/Page.tsx'
import { ErrorState, NotFound, RowsSkeleton } from '../../components/states.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { Providers, useAdding } from './Providers.tsx'
import { ProviderTable } from './ProviderTable.tsx'
import { setsUpProviders } from './words.ts'

export default function IdentityProvidersPage() {
  const { t } = useLingui()
  const caller = useCaller()
  const allowed = setsUpProviders(caller)
  const { data, error, refetch } = useQuery({ ...query('GET /reeve/identity_providers', {}), enabled: allowed })
  const own = (data ?? []).filter(({ client_id }) => !isStaff(caller) || client_id === null)
  const ofAccounts = (data ?? []).filter((one) => !own.includes(one))
  const { button, dialog } = useAdding(isStaff(caller) ? null : caller.client_id, own.length)
  if (!allowed) return <NotFound />
  const text = isStaff(caller)
    ? t`Let your staff, or the users of your accounts, sign in by the system that they use every day. An account can have its own, too.`
    : t`Let the people of this account sign in by the system that they use every day, such as Entra, Okta, Google Workspace or Keycloak. Somebody who leaves there is out here as well.`
  return (
    <Page title={t`Single sign-on`} text={t`Identity providers that people sign in with.`} actions={own.length > 0 && button}>
      {error && !data ? <ErrorState error={error} retry={refetch} /> : !data && <RowsSkeleton rows={3} />}
      {data && <Providers rows={own} text={text} button={button} />}
      {ofAccounts.length > 0 && (
        <Section title={<Trans>Of accounts</Trans>} text={<Trans>Each is for the users of its account alone.</Trans>}>
          <ProviderTable label={t`Identity providers of accounts`} rows={ofAccounts} />
        </Section>
      )}
      {dialog}
    </Page>
  )
}
