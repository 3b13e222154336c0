import { Page } from '../../components/Page.tsx'

export default function CreateClientPage() {
  return <Page title="CreateClient">{null}</Page>
}
