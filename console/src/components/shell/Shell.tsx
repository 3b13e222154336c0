/** The frame of every page: navigation on the left, the banner of a session that acts as somebody, dialogs and messages. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon } from '@mantine/core'
import { HamburgerMenuIcon } from '@radix-ui/react-icons'
import { Navigate, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { forgetCalls } from '../../api/calls.ts'
import { currentSession, onSession } from '../../api/session.ts'
import { CallerContext } from '../../lib/caller.ts'
import { Confirmations } from '../confirm.tsx'
import { PaletteHost } from '../palette/PaletteButton.tsx'
import { Toasts } from '../Toasts.tsx'
import { ActingBanner } from './ActingBanner.tsx'
import { Calls } from './Calls.tsx'
import { Navigation } from './Navigation.tsx'
import { IdentityPrompts } from './prompts.tsx'
import styles from './Shell.module.css'
import { UserMenu } from './UserMenu.tsx'

export function Shell() {
  const { t } = useLingui()
  const session = useSyncExternalStore(onSession, currentSession)
  // While the reader signs in again, the page stays as it is, for what was typed is on it.
  const [caller, setCaller] = useState(session?.caller)
  if (session && session.caller !== caller) setCaller(session.caller)
  const pathname = useRouterState({ select: ({ location }) => location.pathname })
  // The page that is shown, which changes later than the address.
  const page = useRouterState({ select: ({ matches }) => matches.at(-1)?.pathname })
  const [open, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(pathname)
  useEffect(() => {
    if (shown.current === pathname) return
    shown.current = pathname
    forgetCalls()
    setOpen(false)
    main.current?.focus({ preventScroll: true })
  }, [pathname])
  if (!caller) return null
  // Nothing else is answered until two-step verification is set up; the page says why.
  const mustEnrol = caller.must_enrol && page !== '/profile'
  return (
    <CallerContext value={caller}>
      <a className={styles.skip} href="#main">{t`Skip to content`}</a>
      {session?.acting && <ActingBanner acting={session.acting} />}
      <div className={styles.shell} data-open={open || undefined}>
        <div className={styles.top}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t`Menu`} aria-expanded={open} onClick={() => setOpen(!open)}>
            <HamburgerMenuIcon />
          </ActionIcon>
        </div>
        <aside className={styles.side}>
          <Navigation />
          <div className={styles.foot}>
            <Calls />
            <UserMenu />
          </div>
        </aside>
        {open && <button type="button" className={styles.shade} aria-label={t`Close menu`} onClick={() => setOpen(false)} />}
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          {mustEnrol ? <Navigate to="/profile" search={{ tab: 'two-step' }} replace /> : <Outlet />}
        </main>
      </div>
      <Toasts />
      <Confirmations />
      <IdentityPrompts />
      <PaletteHost />
    </CallerContext>
  )
}
