/** The security settings of a reseller: who must have two-step verification, and what sellers may do to a user's sign-in. */
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import type { Resource } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
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
        response: { 200: json(SecuritySettings, 'Of one’s own reseller.'), ...refused(401, 403) },
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
          'Holds from the next request on. A session of a user who must have two-step verification and does not can set it up and do nothing else; API tokens and sign-ins by passkey go on working.',
        body: SecurityChanges,
        response: { 200: json(SecuritySettings, 'As they are now.'), ...refused(400, 401, 403) },
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
