/** The start page: figures for staff, their own account for its people. Each is a chunk of its own, with its own texts. */
import { type ComponentType, lazy, Suspense } from 'react'
import { PageSkeleton } from '../../components/states.tsx'
import { isStaff, useCaller } from '../../lib/caller.ts'
import { loadTexts } from '../../lib/i18n.ts'

const StaffDashboard = lazy(() => import('./StaffDashboard.tsx'))
const Overview = lazy(async () => {
  const [module] = await Promise.all([import('../own-account/Overview.tsx'), loadTexts('own-account')])
  return module as { default: ComponentType }
})

export default function DashboardPage() {
  const Shown = isStaff(useCaller()) ? StaffDashboard : Overview
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Shown />
    </Suspense>
  )
}
