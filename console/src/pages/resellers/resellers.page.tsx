import { Page } from '../../components/Page.tsx'

export default function ResellersPage() {
  return <Page title="Resellers">{null}</Page>
}
