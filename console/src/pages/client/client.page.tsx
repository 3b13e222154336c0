import { Page } from '../../components/Page.tsx'

export default function ClientPage() {
  return <Page title="Client">{null}</Page>
}
