/** The security settings of a reseller: who must have two-step verification, and what sellers may do to a user's sign-in. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import type { Resource } from '../../http/resource.ts'
import { json, refused } from '../../http/schema.ts'
import type { Caller } from '../../lib/caller.ts'
import { given } from '../../lib/defined-fields.ts'
import { SecurityChanges, SecuritySettings } from './two-step.schema.ts'

type Settings = Static<typeof SecuritySettings>

const tags = ['Resellers']
const config = { access: access.resellers }
const path = '/reeve/resellers/me/security'

export const requiredTwoStep: Resource = (app, { scope }) => {
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
    ({ caller }) => scope.read(caller, (db) => settingsOf(db, caller)),
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
        const wanted = given(request.body)
        if (Object.keys(wanted).length > 0)
          await db`UPDATE resellers SET ${db(wanted, ...(Object.keys(wanted) as (keyof Settings)[]))} WHERE id = ${request.caller.resellerId}`
        return settingsOf(db, request.caller)
      }),
  )
}

async function settingsOf(db: ScopedSql, { resellerId }: Caller): Promise<Settings> {
  const [row] = await db<Settings[]>`
    SELECT sellers_need_two_step, administrators_need_two_step, sellers_may_change_email, sellers_may_reset_two_step FROM resellers WHERE id = ${resellerId}`
  return row as Settings
}
