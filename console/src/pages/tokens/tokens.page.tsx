import { Page } from '../../components/Page.tsx'

export default function TokensPage() {
  return <Page title="Tokens">{null}</Page>
}
