/** The pages that a caller has, in groups: of the navigation, and of the palette. */
import { t } from '@lingui/core/macro'
import type { LinkProps } from '@tanstack/react-router'
import { type Caller, isAdministrator, isStaff } from '../../lib/caller.ts'

interface Entry {
  to: LinkProps['to'] & string
  label: string
}

interface Group {
  key: string
  title?: string
  entries: Entry[]
}

export function groupsFor(caller: Caller): Group[] {
  // Nothing else is answered until two-step verification is set up.
  if (caller.must_enrol) return [{ key: 'own', entries: [{ to: '/profile', label: t`Profile` }] }]
  const own: Group = {
    key: 'own',
    title: t`You`,
    entries: [
      { to: '/profile', label: t`Profile` },
      { to: '/tokens', label: t`API tokens` },
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
    { to: '/', label: t`Overview` },
    { to: '/services', label: t`Services` },
    { to: '/members', label: t`People` },
    { to: '/account', label: t`Account` },
    ...(administrator
      ? ([
          { to: '/identity_providers', label: t`Single sign-on` },
          { to: '/directory', label: t`Directory sync` },
          { to: '/activity', label: t`Activity` },
        ] satisfies Entry[])
      : []),
    { to: '/logins', label: t`Sign-ins` },
  ],
})

const ofStaff = (managesSellers: boolean): Group => ({
  key: 'work',
  entries: [
    { to: '/', label: t`Dashboard` },
    { to: '/clients', label: t`Accounts` },
    { to: '/users', label: t`Users` },
    ...(managesSellers ? [{ to: '/sellers', label: t`Sellers` } satisfies Entry] : []),
    { to: '/change_sets', label: t`Bulk changes` },
    { to: '/activity', label: t`Activity` },
    { to: '/logins', label: t`Sign-ins` },
  ],
})

const settings = (): Group => ({
  key: 'settings',
  title: t`Settings`,
  entries: [
    { to: '/branding', label: t`Branding` },
    { to: '/mail_server', label: t`Mail server` },
    { to: '/availability', label: t`Products` },
    { to: '/notifications', label: t`Notifications` },
    { to: '/security', label: t`Security` },
    { to: '/identity_providers', label: t`Single sign-on` },
    { to: '/directory', label: t`Directory sync` },
  ],
})

const platform = (): Group => ({
  key: 'platform',
  title: t`Platform`,
  entries: [
    { to: '/resellers', label: t`Resellers` },
    { to: '/outbox', label: t`Outbox` },
    { to: '/server', label: t`Server` },
  ],
})
