import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Page } from '../../components/Page.tsx'

/** An account of another reseller and one that never was are shown alike: the server does not tell them apart either. */
export function Gone({ id }: { id: string }) {
  const { t } = useLingui()
  return (
    <Page
      title={t`There is no such account`}
      text={<Trans>No account with the id {id} is yours to see. The address may be mistyped.</Trans>}
    >
      <Button component={Link} to="/clients" variant="default">
        <Trans>Go to the accounts</Trans>
      </Button>
    </Page>
  )
}
