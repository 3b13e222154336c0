import { Page } from '../../components/Page.tsx'

export default function ChangeSetPage() {
  return <Page title="ChangeSet">{null}</Page>
}
