import { Page } from '../../components/Page.tsx'

export default function LoginsPage() {
  return <Page title="Logins">{null}</Page>
}
