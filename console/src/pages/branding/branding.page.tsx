import { Page } from '../../components/Page.tsx'

export default function BrandingPage() {
  return <Page title="Branding">{null}</Page>
}
