/** The start page of an account's people. */
import { useLingui } from '@lingui/react/macro'
import { Page } from '../../components/Page.tsx'

export default function Overview() {
  const { t } = useLingui()
  return <Page title={t`Overview`}>{null}</Page>
}
