/** Account members, under /iam/clients: Administrators and staff invite them, set their roles and revoke access; staff create users. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors, flatten, reshape } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, invalidOrDocumented, json, noContent } from '../../http/schema.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { ownerOf } from '../../lib/owner.ts'
import { hashPassword, passwordErrors } from '../../lib/passwords.ts'
import { assertInvitationAllowed, invite, isConflict } from './members.invitations.ts'
import { changeRole, createMember, memberInSight, revokeAccess } from './members.rules.ts'
import { Invitation, InvitationErrors, Invited, Member, NewMember, RoleChange, UserRole } from './members.schema.ts'

const tags = ['Users']
const member = Type.Object({ clientId: id('Account.'), userId: id('User.') })
const path = '/iam/clients/:clientId/client-users/:userId'

export const members: Resource<Handles & { cipher: Cipher }> = (app, { scope, cipher }) => {
  app.post(
    '/iam/clients/invite_user',
    {
      config: { access: access.administrators },
      errorHandler: reshape((fields) => ({
        errors: Object.fromEntries(Object.entries(fields).map(([field, said]) => [field, flatten(said)])),
      })),
      schema: {
        tags,
        operationId: 'inviteUser',
        summary: 'Invite a user to an account',
        description:
          'Sends a link that works once within 24 hours. A new user sets a password there. An existing user joins the account by accepting. Until then the account shows nothing about that user, and revoking access withdraws the invitation. An Administrator can invite five people a day.',
        body: Invitation,
        response: {
          200: json(Invited, 'The email is on its way.'),
          ...errorResponses(401, 403),
          400: invalidOrDocumented(InvitationErrors),
        },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      await scope.write(caller, (db) => assertInvitationAllowed(db, caller, body))
      const once = () => change(scope, request, reply, body.client_id, (db) => invite(db, cipher, caller, body))
      const again = (error: unknown) => {
        if (!isConflict(error)) throw error
        return once()
      }
      return { status: 'sent', user_id: await once().catch(again).catch(again) }
    },
  )

  app.post(
    '/iam/clients/:clientId/client-users/create',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'createClientUser',
        summary: 'Create a user in an account',
        description: 'The user is active at once, with the password given here.',
        params: Type.Object({ clientId: id('Account.') }),
        body: NewMember,
        response: { 200: json(Member, 'The user.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { clientId } = request.params
      const objections = passwordErrors(body.password, body.username)
      if (objections.length > 0) throw errors.invalid({ password: objections })
      const passwordHash = await hashPassword(body.password, ownerOf(caller))
      const role = await change(scope, request, reply, clientId, (db) => createMember(db, caller, clientId, body, passwordHash))
      return { name: body.name ?? null, username: body.username, user_role: { user_role: role } }
    },
  )

  app.get(
    path,
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'getUserRole',
        summary: 'The role of a user in an account',
        params: member,
        response: { 200: json(UserRole, 'The role.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params }) => ({
      user_role: await scope.read(caller, (db) => memberInSight(db, caller, params.clientId, params.userId)),
    }),
  )

  app.put(
    path,
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'updateUserRole',
        summary: 'Change the role of a user in an account',
        description: 'The change applies to the tokens of the user at once.',
        params: member,
        body: RoleChange,
        response: { 204: noContent('The user has this role.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { clientId, userId } = request.params
      reply.code(204)
      await change(scope, request, reply, clientId, (db) => changeRole(db, caller, clientId, userId, body.user_role))
    },
  )

  app.delete(
    path,
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'revokeUserAccess',
        summary: "Revoke a user's access to an account",
        description:
          'For Administrators. The user must have no active API tokens in the account. A user without another account is deleted. A pending invitation is withdrawn. Any user can leave an account this way, except its last Administrator, and except their only account.',
        params: member,
        response: { 200: noContent('The user is no longer in the account.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const { clientId, userId } = request.params
      await change(scope, request, reply, clientId, (db) => revokeAccess(db, caller, clientId, userId))
    },
  )
}
