/** Lockdown of a person under /reeve/users/{userId}/lockdown: by staff, or by the person itself. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import { manages } from '../../lib/caller.ts'
import { findRecord, seesUser } from '../users/users.queries.ts'
import { User } from '../users/users.schema.ts'
import { findLockdown } from './lockdown.queries.ts'
import { liftLockdown, lockDown } from './lockdown.rules.ts'
import { Lockdown, LockdownRequest } from './lockdown.schema.ts'

const tags = ['Users']
const path = '/reeve/users/:userId/lockdown'
const params = Type.Object({ userId: id('User.') })
const home = ({ affected }: { affected: number }) => affected

export const lockdown: Resource = (app, { scope }) => {
  app.get(
    path,
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'getLockdown',
        summary: 'Whether a user is locked down',
        description: 'And since when, by whom and why. For staff who manage the user.',
        params,
        response: { 200: json(Lockdown, 'The lockdown.'), ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params: { userId } }) =>
      scope.read(caller, async (db) => {
        const user = (await seesUser(db, caller, userId)) && (await findRecord(db, userId))
        if (!user) throw errors.notFound()
        if (userId !== caller.userId && !manages(caller, user)) throw errors.forbidden()
        return findLockdown(db, userId)
      }),
  )

  app.post(
    path,
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'lockDownUser',
        summary: 'Lock a user down',
        description:
          'Ends everything of the user at once: sessions and mailed links for good, and API tokens and passkeys rest. Once staff have lifted the lockdown, these work again when the user has signed in anew, by password or identity provider. Staff can lock down the users they manage, and everybody themselves, in a session of their own. The user gets an email.',
        params,
        body: LockdownRequest,
        response: { 200: json(User, 'The user as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { params, body } = request
      const { document } = await change(scope, request, reply, home, (db) => lockDown(db, request, params.userId, body.reason))
      return sendDocument(reply, document)
    },
  )

  app.delete(
    path,
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'liftLockdown',
        summary: 'Lift the lockdown of a user',
        description: 'Its API tokens and passkeys rest until it signs in by password or identity provider. The user gets an email.',
        params,
        response: { 200: json(User, 'The user as it is now.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { document } = await change(scope, request, reply, home, (db) => liftLockdown(db, request, request.params.userId))
      return sendDocument(reply, document)
    },
  )
}
