/** Who may do what to which object, by docs/domain.md and not by the routes: a new operation gets its lines in test/operations/ without a look at its code. */
import type { TestCaller } from './callers.ts'
import { account } from './operations/account.ts'
import { activity } from './operations/activity.ts'
import { availability } from './operations/availability.ts'
import { branding } from './operations/branding.ts'
import { changeSets } from './operations/change-sets.ts'
import { clients } from './operations/clients.ts'
import { consoleOperations } from './operations/console.ts'
import { consoleSessions } from './operations/console-sessions.ts'
import { features } from './operations/features.ts'
import { links } from './operations/links.ts'
import { members } from './operations/members.ts'
import { notifications } from './operations/notifications.ts'
import { outbox } from './operations/outbox.ts'
import { passkeys } from './operations/passkeys.ts'
import { resellers } from './operations/resellers.ts'
import { scimOperations } from './operations/scim.ts'
import { sellers } from './operations/sellers.ts'
import { server } from './operations/server.ts'
import { services } from './operations/services.ts'
import { sessions } from './operations/sessions.ts'
import { sso } from './operations/sso.ts'
import { ssoSignOut } from './operations/sso-sign-out.ts'
import type { Kind, Operation } from './operations/table.ts'
import { tokens } from './operations/tokens.ts'
import { twoStep } from './operations/two-step.ts'
import { users } from './operations/users.ts'

export const operations: Record<string, Operation> = {
  ...account,
  ...availability,
  ...activity,
  ...branding,
  ...changeSets,
  ...clients,
  ...consoleSessions,
  ...consoleOperations,
  ...links,
  ...features,
  ...notifications,
  ...outbox,
  ...passkeys,
  ...resellers,
  ...scimOperations,
  ...sellers,
  ...members,
  ...server,
  ...services,
  ...sessions,
  ...ssoSignOut,
  ...sso,
  ...tokens,
  ...twoStep,
  ...users,
}

const columns = ['platform', 'reseller', 'seller'] as const

/** The status due, or undefined where the table does not speak of this kind of object. */
export function due(operation: Operation, one: TestCaller, kind: Kind): number | undefined {
  const row = (one.by === 'session' ? operation.session?.[kind] : undefined) ?? operation.expect[kind]
  const column = one.kind === 'client' ? (one.roleId === 1 ? 3 : 4) : columns.indexOf(one.kind)
  return row?.[column]
}
