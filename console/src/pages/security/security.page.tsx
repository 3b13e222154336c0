import { Page } from '../../components/Page.tsx'

export default function SecurityPage() {
  return <Page title="Security">{null}</Page>
}
