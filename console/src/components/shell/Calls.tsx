/** The button that shows the API calls of the page. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon } from '@mantine/core'
import { CodeIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useState } from 'react'

const CallsDialog = lazy(() => import('./CallsDialog.tsx'))

export function Calls() {
  const { t } = useLingui()
  const [open, setOpen] = useState(false)
  const label = t`API calls of this page`
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label} onClick={() => setOpen(true)}>
        <CodeIcon />
      </ActionIcon>
      {open && (
        <Suspense>
          <CallsDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
