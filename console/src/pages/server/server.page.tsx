import { Page } from '../../components/Page.tsx'

export default function ServerPage() {
  return <Page title="Server">{null}</Page>
}
