/** The menu of what staff can do to a user. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon } from '@mantine/core'
import { DotsHorizontalIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useState } from 'react'
import type { Actions } from './UserActionsMenu.tsx'

const load = () => import('./UserActionsMenu.tsx')
const UserActionsMenu = lazy(load)
const SessionsDialog = lazy(() => import('./SessionsDialog.tsx'))
const LockDownDialog = lazy(() => import('./LockDownDialog.tsx'))
const LogInAsDialog = lazy(() => import('./LogInAsDialog.tsx'))

export function UserActions(props: Actions) {
  const { t } = useLingui()
  const [open, setOpen] = useState<'menu' | 'sessions' | 'log in' | 'lock down'>()
  const { user } = props
  const button = (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={28}
      aria-label={t`Actions for ${user.email}`}
      aria-haspopup="menu"
      aria-expanded={open === 'menu'}
      onPointerEnter={load}
      onClick={() => setOpen(open === 'menu' ? undefined : 'menu')}
    >
      <DotsHorizontalIcon />
    </ActionIcon>
  )
  const close = () => setOpen(undefined)
  return (
    <>
      {open === 'menu' ? (
        <Suspense fallback={button}>
          <UserActionsMenu {...props} onClose={close} onOpen={setOpen}>
            {button}
          </UserActionsMenu>
        </Suspense>
      ) : (
        button
      )}
      {open === 'sessions' && (
        <Suspense>
          <SessionsDialog user={user} onClose={close} />
        </Suspense>
      )}
      {open === 'lock down' && (
        <Suspense>
          <LockDownDialog user={user} onClose={close} />
        </Suspense>
      )}
      {open === 'log in' && (
        <Suspense>
          <LogInAsDialog
            whom={{ name: user.email, userId: user.id, ...(props.clientId !== undefined && { clientId: props.clientId }) }}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  )
}
