import { Page } from '../../components/Page.tsx'

export default function ServicesPage() {
  return <Page title="Services">{null}</Page>
}
