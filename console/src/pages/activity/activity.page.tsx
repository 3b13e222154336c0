import { Page } from '../../components/Page.tsx'

export default function ActivityPage() {
  return <Page title="Activity">{null}</Page>
}
