import { Page } from '../../components/Page.tsx'

export default function NotificationsPage() {
  return <Page title="Notifications">{null}</Page>
}
