import { Page } from '../../components/Page.tsx'

export default function AvailabilityPage() {
  return <Page title="Availability">{null}</Page>
}
