import { Page } from '../../components/Page.tsx'

export default function ChangeSetsPage() {
  return <Page title="ChangeSets">{null}</Page>
}
