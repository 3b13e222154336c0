import { Page } from '../../components/Page.tsx'

export default function ClientsPage() {
  return <Page title="Clients">{null}</Page>
}
