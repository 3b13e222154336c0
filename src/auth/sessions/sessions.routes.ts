/** Sessions: users list and end their own, and staff and Administrators those of the users they manage. */

import { Type } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id, uuid } from '../../http/parameters.ts'
import type { Handles, Resource } from '../../http/resource.ts'
import { errorResponses, json, noContent } from '../../http/schema.ts'
import { assertOwnSession, Confirmation, type Verifier } from '../../http/verifier.ts'
import { type Caller, manages } from '../../lib/caller.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { seesUser } from '../../people/users/users.queries.ts'
import { endAccess, endOtherSessions, endSession, findPerson, listSessions } from './sessions.queries.ts'
import { Session } from './sessions.schema.ts'
import { recordVerification } from './sessions.verification.ts'

const tags = ['Sessions']
const config = { access: access.everyone }
const ofUser = { userId: id('User.') }
const one = { sessionId: uuid('Session.') }
const sessionList = json(Type.Array(Session), 'The active sessions, newest first.')

export const sessions: Resource<Handles & { verifier: Verifier }> = (app, { scope, verifier }) => {
  app.get(
    '/reeve/sessions',
    {
      config,
      schema: {
        tags,
        operationId: 'listOwnSessions',
        summary: 'List your sessions',
        description: 'With an API token, only those in its account.',
        response: { 200: sessionList, ...errorResponses(401) },
      },
    },
    ({ caller }) => scope.read(caller, (db) => listSessions(db, caller, caller.userId)),
  )

  app.delete(
    '/reeve/sessions/:sessionId',
    {
      config,
      schema: {
        tags,
        operationId: 'endOwnSession',
        summary: 'End one of your sessions',
        params: Type.Object(one),
        response: { 204: noContent('Its tokens no longer work.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, caller.clientId, (db) => end(db, caller, caller.userId, params.sessionId))
    },
  )

  app.post(
    '/reeve/sign_out',
    {
      config: { ...config, whileReading: true, whileEnrolling: true },
      schema: {
        tags,
        operationId: 'signOut',
        summary: 'End the current session',
        description: 'Its refresh and access tokens stop working. An API token is not a session.',
        response: { 204: noContent('The session has ended.'), ...errorResponses(401, 403) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const { credential } = caller
      if (credential.type !== 'session')
        throw errors.forbidden('An API token is not a session. Delete the token instead.', 'session_required')
      reply.code(204)
      await change(scope, request, reply, caller.clientId, (db) => endSession(db, caller, caller.userId, credential.id))
    },
  )

  app.post(
    '/reeve/sessions/current/proof',
    {
      config,
      schema: {
        tags,
        operationId: 'proveOneself',
        summary: 'Confirm who you are',
        description:
          'Takes the password and, if two-step verification is on, a code. Some operations need a proof of identity from the last 15 minutes, such as signing in. Without one they return 403 and `insufficient_user_authentication` in WWW-Authenticate.',
        body: Confirmation,
        response: { 204: noContent('The session has a recent proof of identity.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      const { caller } = request
      reply.code(204)
      await change(scope, request, reply, caller.clientId, (db) => recordVerification(db, caller))
    },
  )

  app.post(
    '/reeve/users/me/end_access',
    {
      config,
      schema: {
        tags,
        operationId: 'endOwnAccess',
        summary: 'Revoke everything that can sign in as you',
        description:
          'Revokes your API tokens, passkeys, open links and all sessions except the current one. Password and two-step verification stay.',
        body: Confirmation,
        response: { 204: noContent('They no longer work.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      assertOwnSession(request)
      await verifier.verifyPasswordAndCode(request, request.body)
      const { caller } = request
      reply.code(204)
      await change(scope, request, reply, caller.clientId, async (db) => {
        await endAccess(db, caller.userId, caller.credential.type === 'session' ? caller.credential.id : null)
        await notifySecurityChange(db, request, 'access_ended')
      })
    },
  )

  app.get(
    '/reeve/users/:userId/sessions',
    {
      config,
      schema: {
        tags,
        operationId: 'listSessions',
        summary: 'List the sessions of a user',
        description: 'For the user, for staff who manage the user, and for Administrators, who see the sessions in their account.',
        params: Type.Object(ofUser),
        response: { 200: sessionList, ...errorResponses(401, 403, 404) },
      },
    },
    ({ caller, params: { userId } }) =>
      scope.read(caller, async (db) => {
        await admit(db, caller, userId)
        return listSessions(db, caller, userId)
      }),
  )

  app.delete(
    '/reeve/users/:userId/sessions',
    {
      config,
      schema: {
        tags,
        operationId: 'endSessions',
        summary: 'End all sessions of a user',
        description: 'Except the session of this request. Includes sessions in which the user acts as somebody else.',
        params: Type.Object(ofUser),
        response: { 204: noContent('Their tokens no longer work.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, resultAsAffected, async (db) => {
        const account = await admit(db, caller, params.userId)
        await endOtherSessions(db, caller, params.userId)
        return account
      })
    },
  )

  app.delete(
    '/reeve/users/:userId/sessions/:sessionId',
    {
      config,
      schema: {
        tags,
        operationId: 'endSession',
        summary: 'End a session of a user',
        params: Type.Object({ ...ofUser, ...one }),
        response: { 204: noContent('Its tokens no longer work.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      reply.code(204)
      await change(scope, request, reply, resultAsAffected, async (db) => {
        const account = await admit(db, caller, params.userId)
        await end(db, caller, params.userId, params.sessionId)
        return account
      })
    },
  )
}

/**
 * Admits callers to their own sessions and to those of users they manage. Returns the affected account: the user's home account or, for a
 * client user, the present one.
 * @throws 404 if the user is not visible to the caller; 403 if the caller does not manage the user
 */
async function admit(db: ScopedSql, caller: Caller, userId: number): Promise<number> {
  const user = (await seesUser(db, caller, userId)) && (await findPerson(db, userId))
  if (!user) throw errors.notFound()
  if (caller.kind === 'client') return caller.clientId
  if (userId !== caller.userId && !manages(caller, user)) throw errors.forbidden()
  return user.client_id
}

/** Of two concurrent calls the second finds no session. @throws 404 if the user has no such session, or it has ended */
async function end(db: ScopedSql, caller: Caller, userId: number, id: string) {
  if (!(await endSession(db, caller, userId, id))) throw errors.notFound()
}
