import { Page } from '../../components/Page.tsx'

export default function SellersPage() {
  return <Page title="Sellers">{null}</Page>
}
