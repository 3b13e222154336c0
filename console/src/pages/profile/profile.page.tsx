import { Page } from '../../components/Page.tsx'

export default function ProfilePage() {
  return <Page title="Profile">{null}</Page>
}
