/** Who is signed in, with the menu of what belongs to the person. */
import { UnstyledButton } from '@mantine/core'
import { CaretSortIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useState } from 'react'
import { useCaller } from '../../lib/caller.ts'
import styles from './UserMenu.module.css'

const load = () => import('./UserMenuItems.tsx')
const UserMenuItems = lazy(load)

export function UserMenu() {
  const caller = useCaller()
  const [open, setOpen] = useState(false)
  const button = (
    <UnstyledButton className={styles.user} aria-haspopup="menu" aria-expanded={open} onPointerEnter={load} onClick={() => setOpen(!open)}>
      <span className={styles.name}>
        <bdi>{caller.name ?? caller.email}</bdi>
        <small>
          <bdi>{caller.company}</bdi>
        </small>
      </span>
      <CaretSortIcon />
    </UnstyledButton>
  )
  if (!open) return button
  return (
    <Suspense fallback={button}>
      <UserMenuItems onClose={() => setOpen(false)}>{button}</UserMenuItems>
    </Suspense>
  )
}
