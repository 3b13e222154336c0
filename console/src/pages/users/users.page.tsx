import { Page } from '../../components/Page.tsx'

export default function UsersPage() {
  return <Page title="Users">{null}</Page>
}
