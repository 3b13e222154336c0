/** The pages that the caller has, in groups. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Caller, isAdministrator, isStaff, useCaller } from '../../lib/caller.ts'
import { Brand } from './Brand.tsx'
import styles from './Navigation.module.css'

interface Entry {
  to: LinkProps['to'] & string
  label: ReactNode
}

export function Navigation() {
  const { t } = useLingui()
  const caller = useCaller()
  return (
    <nav className={styles.nav} aria-label={t`Pages`}>
      <Brand />
      {groupsFor(caller).map(({ key, title, entries }) => (
        <div key={key}>
          {title && <p className={styles.title}>{title}</p>}
          <ul className={styles.list}>
            {entries.map(({ to, label }) => (
              <li key={to}>
                <Link
                  to={to}
                  className={styles.link}
                  activeProps={{ className: styles.active, 'aria-current': 'page' }}
                  activeOptions={{ exact: to === '/' }}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

interface Group {
  key: string
  title?: ReactNode
  entries: Entry[]
}

function groupsFor(caller: Caller): Group[] {
  const own: Group = {
    key: 'own',
    title: <Trans>You</Trans>,
    entries: [
      { to: '/profile', label: <Trans>Profile</Trans> },
      { to: '/tokens', label: <Trans>API tokens</Trans> },
    ],
  }
  if (!isStaff(caller)) return [ofAccount(isAdministrator(caller)), own]
  const groups = [ofStaff(caller.kind !== 'seller')]
  if (caller.kind !== 'seller') groups.push(settings())
  if (caller.kind === 'platform') groups.push(platform())
  return [...groups, own]
}

const ofAccount = (administrator: boolean): Group => ({
  key: 'account',
  entries: [
    { to: '/', label: <Trans>Overview</Trans> },
    { to: '/services', label: <Trans>Services</Trans> },
    { to: '/members', label: <Trans>People</Trans> },
    { to: '/account', label: <Trans>Account</Trans> },
    ...(administrator ? [{ to: '/activity', label: <Trans>Activity</Trans> } satisfies Entry] : []),
    { to: '/logins', label: <Trans>Sign-ins</Trans> },
  ],
})

const ofStaff = (managesSellers: boolean): Group => ({
  key: 'work',
  entries: [
    { to: '/', label: <Trans>Dashboard</Trans> },
    { to: '/clients', label: <Trans>Accounts</Trans> },
    { to: '/users', label: <Trans>Users</Trans> },
    ...(managesSellers ? [{ to: '/sellers', label: <Trans>Sellers</Trans> } satisfies Entry] : []),
    { to: '/change_sets', label: <Trans>Bulk changes</Trans> },
    { to: '/activity', label: <Trans>Activity</Trans> },
    { to: '/logins', label: <Trans>Sign-ins</Trans> },
  ],
})

const settings = (): Group => ({
  key: 'settings',
  title: <Trans>Settings</Trans>,
  entries: [
    { to: '/branding', label: <Trans>Branding</Trans> },
    { to: '/mail_server', label: <Trans>Mail server</Trans> },
    { to: '/availability', label: <Trans>Products</Trans> },
    { to: '/notifications', label: <Trans>Notifications</Trans> },
    { to: '/security', label: <Trans>Security</Trans> },
  ],
})

const platform = (): Group => ({
  key: 'platform',
  title: <Trans>Platform</Trans>,
  entries: [
    { to: '/resellers', label: <Trans>Resellers</Trans> },
    { to: '/outbox', label: <Trans>Outbox</Trans> },
    { to: '/server', label: <Trans>Server</Trans> },
  ],
})
