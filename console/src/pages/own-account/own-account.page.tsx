import { Page } from '../../components/Page.tsx'

export default function OwnAccountPage() {
  return <Page title="OwnAccount">{null}</Page>
}
