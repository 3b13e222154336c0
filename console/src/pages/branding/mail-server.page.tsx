import { Page } from '../../components/Page.tsx'

export default function MailServerPage() {
  return <Page title="MailServer">{null}</Page>
}
