/** The button that logs in as somebody, with the dialog that asks why. */
import { Trans } from '@lingui/react/macro'
import { Button, type ButtonProps } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import type { Whom } from './LogInAsDialog.tsx'

const load = () => import('./LogInAsDialog.tsx')
const LogInAsDialog = lazy(load)

export function LogInAs({ whom, ...props }: { whom: Whom } & ButtonProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button {...props} onPointerEnter={load} onClick={() => setOpen(true)}>
        <Trans>Log in as</Trans>
      </Button>
      {open && (
        <Suspense>
          <LogInAsDialog whom={whom} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
