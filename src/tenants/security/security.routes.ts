/** The security settings of a reseller: who must have two-step verification, and what sellers may do to a user's sign-in. */
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import type { Resource } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import { findSettings, updateSettings } from './security.queries.ts'
import { SecurityChanges, SecuritySettings } from './security.schema.ts'

const tags = ['Security Settings']
const config = { access: access.resellers }
const path = '/reeve/resellers/me/security'

export const securitySettings: Resource = (app, { scope }) => {
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'getSecuritySettings',
        summary: 'Security settings',
        response: { 200: json(SecuritySettings, 'Those of your reseller.'), ...errorResponses(401, 403) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => findSettings(db, caller.resellerId)),
  )

  app.patch(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'updateSecuritySettings',
        summary: 'Change security settings',
        description:
          'Applies from the next request. If two-step verification becomes required, sessions without it can only set it up. API tokens and sign-ins with a passkey keep working.',
        body: SecurityChanges,
        response: { 200: json(SecuritySettings, 'The settings as they are now.'), ...errorResponses(400, 401, 403) },
      },
    },
    (request, reply) =>
      change(scope, request, reply, request.caller.clientId, async (db) => {
        const { resellerId } = request.caller
        await updateSettings(db, resellerId, definedFields(request.body))
        return findSettings(db, resellerId)
      }),
  )
}
