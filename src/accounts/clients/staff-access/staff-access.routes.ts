/** Whether staff may log in as the users of an account, which its Administrators decide. Beyond the contract. */
import { Type } from 'typebox'
import { lockClient } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { access } from '../../../http/access.ts'
import { change } from '../../../http/activity.ts'
import { errors } from '../../../http/errors.ts'
import { id } from '../../../http/parameters.ts'
import type { Resource } from '../../../http/resource.ts'
import { errorResponses, json } from '../../../http/schema.ts'
import type { Caller } from '../../../lib/caller.ts'
import { closeToStaff, endActing, findStaffAccess } from './staff-access.queries.ts'
import { StaffAccess, StaffAccessRequest } from './staff-access.schema.ts'

const tags = ['Clients']
const params = Type.Object({ clientId: id('Account.') })

export const staffAccess: Resource = (app, { scope }) => {
  app.get(
    '/reeve/clients/:clientId/staff_access',
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'getStaffAccess',
        summary: 'Whether staff may log in as the users of an account',
        description: 'For Administrators of the account, and for staff.',
        params,
        response: { 200: json(StaffAccess, 'The access.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params: { clientId } }) => scope.read(caller, (db) => accessTo(db, caller, clientId)),
  )

  app.put(
    '/reeve/clients/:clientId/staff_access',
    {
      config: { access: access.ownAccounts },
      schema: {
        tags,
        operationId: 'setStaffAccess',
        summary: 'Close an account to staff, or open it',
        description:
          'For Administrators of the account. While it is closed, staff of its reseller cannot log in as a user who began in it, and sessions in which they do so end at once. Operators of the platform still can. An account is open until it is closed.',
        params,
        body: StaffAccessRequest,
        response: { 200: json(StaffAccess, 'The access as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    (request, reply) => {
      const { caller, params, body } = request
      const { clientId } = params
      return change(scope, request, reply, clientId, async (db) => {
        await accessTo(db, caller, clientId)
        if (caller.actorId !== null) throw errors.forbidden('Only a user of the account decides this.', 'acting_session')
        const closes = body.access === 'closed'
        if (closes && body.hours !== undefined) throw errors.invalid({ hours: ['An account can be opened for some hours, not closed.'] })
        await lockClient(db, clientId)
        // What ended when it closed, by itself too, must not come back when it is opened.
        if (closes || (await accessTo(db, caller, clientId)).access === 'closed') await endActing(db, clientId)
        await closeToStaff(db, clientId, closes ? 0 : (body.hours ?? null))
        return accessTo(db, caller, clientId)
      })
    },
  )
}

/** @throws 404 if the account is not visible; 403 if a client user does not work in it */
async function accessTo(db: ScopedSql, { kind, clientId: own }: Caller, clientId: number) {
  const found = await findStaffAccess(db, clientId)
  if (!found) throw errors.notFound()
  if (kind === 'client' && clientId !== own) throw errors.forbidden()
  return found
}
