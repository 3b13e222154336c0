/** The accounts: all of them in one list. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ListPage } from '../../components/grid/ListPage.tsx'
import { useCaller } from '../../lib/caller.ts'
import { useClientList } from './list.tsx'

export default function ClientsPage() {
  const { t } = useLingui()
  const { kind } = useCaller()
  return (
    <ListPage
      list={useClientList()}
      title={t`Accounts`}
      actions={
        kind === 'platform' ? undefined : (
          <Button size="sm" component={Link} to="/clients/new">
            <Trans>Create an account</Trans>
          </Button>
        )
      }
    />
  )
}
