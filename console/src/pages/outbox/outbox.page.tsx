import { Page } from '../../components/Page.tsx'

export default function OutboxPage() {
  return <Page title="Outbox">{null}</Page>
}
