/** Every page of the console by its address. A page is a chunk of its own, fetched with its texts when the pointer nears a link to it. */
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { Shell } from './components/shell/Shell.tsx'
import { NotFound, PageError, PageSkeleton } from './components/states.tsx'
import { loadTexts } from './lib/i18n.ts'

export type Search = Record<string, string | string[]>

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Shell, notFoundComponent: NotFound })

/** @param name folder of the page, and of its texts */
const page = <const Path extends string>(name: string, path: Path, load: () => Promise<{ default: ComponentType }>) =>
  createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: (search: Search) => search,
    loader: () => loadTexts(name),
    component: lazyRouteComponent(load),
  })

const routes = [
  page('dashboard', '/', () => import('./pages/dashboard/dashboard.page.tsx')),
  page('clients', '/clients', () => import('./pages/clients/clients.page.tsx')),
  page('create-client', '/clients/new', () => import('./pages/create-client/create-client.page.tsx')),
  page('client', '/clients/$clientId', () => import('./pages/client/client.page.tsx')),
  page('change-sets', '/change_sets', () => import('./pages/change-sets/change-sets.page.tsx')),
  page('change-sets', '/change_sets/$changeSetId', () => import('./pages/change-sets/change-set.page.tsx')),
  page('users', '/users', () => import('./pages/users/users.page.tsx')),
  page('sellers', '/sellers', () => import('./pages/sellers/sellers.page.tsx')),
  page('activity', '/activity', () => import('./pages/activity/activity.page.tsx')),
  page('logins', '/logins', () => import('./pages/logins/logins.page.tsx')),
  page('security', '/security', () => import('./pages/security/security.page.tsx')),
  page('identity-providers', '/identity_providers', () => import('./pages/identity-providers/identity-providers.page.tsx')),
  page('identity-providers', '/identity_providers/$providerId', () => import('./pages/identity-providers/identity-provider.page.tsx')),
  page('branding', '/branding', () => import('./pages/branding/branding.page.tsx')),
  page('branding', '/mail_server', () => import('./pages/branding/mail-server.page.tsx')),
  page('availability', '/availability', () => import('./pages/availability/availability.page.tsx')),
  page('notifications', '/notifications', () => import('./pages/notifications/notifications.page.tsx')),
  page('outbox', '/outbox', () => import('./pages/outbox/outbox.page.tsx')),
  page('resellers', '/resellers', () => import('./pages/resellers/resellers.page.tsx')),
  page('server', '/server', () => import('./pages/server/server.page.tsx')),
  page('profile', '/profile', () => import('./pages/profile/profile.page.tsx')),
  page('own-account', '/account', () => import('./pages/own-account/own-account.page.tsx')),
  page('members', '/members', () => import('./pages/members/members.page.tsx')),
  page('tokens', '/tokens', () => import('./pages/tokens/tokens.page.tsx')),
  page('directory', '/directory', () => import('./pages/directory/directory.page.tsx')),
  page('services', '/services', () => import('./pages/services/services.page.tsx')),
] as const

/** Plain query strings instead of JSON in them: `?cdn=active&cdn=paused` is `{cdn: ['active', 'paused']}`. */
function parseSearch(text: string): Search {
  const search: Search = {}
  const values = new URLSearchParams(text)
  for (const name of new Set(values.keys())) {
    const all = values.getAll(name)
    search[name] = all.length > 1 ? all : (all[0] ?? '')
  }
  return search
}

function stringifySearch(search: Record<string, unknown>): string {
  const values = new URLSearchParams()
  for (const [name, value] of Object.entries(search))
    for (const one of [value].flat()) if (one !== undefined && one !== '') values.append(name, String(one))
  return values.size > 0 ? `?${values}` : ''
}

export const createConsoleRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren(routes),
    context: { queries },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadDelay: 30,
    defaultPendingMs: 150,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
