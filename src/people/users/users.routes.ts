/** Users under /iam/users: callers read the users they may see and change themselves; staff change users and create clients with them. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change, resultAsAffected } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { id } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { envelope, errorResponses, json, noContent } from '../../http/schema.ts'
import { ownerOf } from '../../lib/owner.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { type ListHandles, pageParameters } from '../../lists/paging.ts'
import { assertUserAllowed, createClient } from './users.creation.ts'
import { countUsers, findUser, seenBy, userRows } from './users.queries.ts'
import { deleteUser, setActive } from './users.removal.ts'
import { changeUser } from './users.rules.ts'
import { NewClient, User, UserChanges, UserState } from './users.schema.ts'

const tags = ['Users']
const home = ({ affected }: { affected: number }) => affected

export const users: Resource<ListHandles> = (app, { scope, sendList }) => {
  app.get(
    '/iam/users',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'listUsers',
        summary: 'List users',
        description: 'Staff are shown deleted users too. Without `limit` the envelope holds everybody.',
        querystring: Type.Object(pageParameters),
        response: { 200: json(envelope('UsersPage', User), 'Users, in order of id.'), ...errorResponses(400, 401) },
      },
    },
    (request, reply) =>
      sendList(request, reply, request.query, {
        alwaysEnvelope: true,
        filters: {},
        costly: false,
        count: (db) => countUsers(db, request.caller),
        onReadModel: true,
        rows: (db, slice, more) => userRows(db, request.caller, slice, more),
        document:
          () =>
          ([doc]) => [seenBy(request.caller, doc as Buffer)],
      }),
  )

  app.post(
    '/iam/users',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'createUser',
        summary: 'Create a client with its first user',
        description: 'Both are active at once, the user as Administrator and owner of the account. What is available is not yet in use.',
        body: NewClient,
        response: { 201: json(User, 'The user, in its account.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      assertUserAllowed(body)
      const passwordHash = await hashPassword(body.password, ownerOf(caller))
      reply.code(201)
      const account = ({ clientId }: { clientId: number }) => clientId
      const { document } = await change(scope, request, reply, account, async (db) => {
        const made = await createClient(db, caller, body, passwordHash)
        return { ...made, document: (await findUser(db, caller, made.userId)) as Buffer }
      })
      return sendDocument(reply, document)
    },
  )

  app.get(
    '/iam/users/me',
    {
      config: { access: access.everyone, whileEnrolling: true },
      schema: {
        tags,
        operationId: 'getOwnUser',
        summary: 'The current user',
        response: { 200: json(User, 'The caller.'), ...errorResponses(401) },
      },
    },
    (request, reply) => sendUser(request.caller.userId, request, reply),
  )

  app.get(
    '/iam/users/:userId',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'getUser',
        summary: 'One user',
        params: Type.Object({ userId: id('User.') }),
        response: { 200: json(User, 'The user.'), ...errorResponses(401, 404) },
      },
    },
    (request, reply) => sendUser(request.params.userId, request, reply),
  )

  app.patch(
    '/iam/users/:userId',
    {
      config: { access: access.everyone, leavesCallers: true },
      schema: {
        tags,
        operationId: 'updateUser',
        summary: 'Change a user',
        description:
          'Everybody changes their own name, language and telephone; staff those of the users of their reseller; an Administrator the name and language of a user all of whose accounts it administers.',
        params: Type.Object({ userId: id('User.') }),
        body: UserChanges,
        response: { 200: json(User, 'The user as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      const { document } = await change(scope, request, reply, home, (db) => changeUser(db, caller, params.userId, body))
      return sendDocument(reply, await document)
    },
  )

  app.delete(
    '/iam/users/:userId',
    {
      config: { access: access.administrators },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete a user',
        description: 'From its last account, once its API tokens are deleted. The email is free again; the id is not.',
        params: Type.Object({ userId: id('User.') }),
        response: { 200: noContent('The user was deleted.'), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params } = request
      await change(scope, request, reply, resultAsAffected, (db) => deleteUser(db, caller, params.userId))
    },
  )

  app.patch(
    '/reeve/users/:userId',
    {
      config: { access: access.staff },
      schema: {
        tags,
        operationId: 'blockUser',
        summary: 'Block or unblock a user',
        params: Type.Object({ userId: id('User.') }),
        body: UserState,
        response: { 200: json(User, 'The user as it is now.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      const { document } = await change(scope, request, reply, home, (db) => setActive(db, caller, params.userId, body.is_active))
      return sendDocument(reply, document)
    },
  )

  async function sendUser(userId: number, request: FastifyRequest, reply: FastifyReply) {
    const document = await scope.read(request.caller, (db) => findUser(db, request.caller, userId))
    if (!document) throw errors.notFound()
    return sendDocument(reply, document)
  }
}
