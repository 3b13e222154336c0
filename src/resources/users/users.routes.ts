/** GET /iam/users, /iam/users/me, /iam/users/{userId}: every signed-in caller, each within what it may see. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import { pageParameters } from '../../http/paging.ts'
import { id } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { envelope, json, refused } from '../../http/schema.ts'
import { countUsers, findUser, userRows } from './users.queries.ts'
import { User } from './users.schema.ts'

const tags = ['Users']

export const users: Resource = (app, { scope, sendList }) => {
  app.get(
    '/iam/users',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'listUsers',
        summary: 'List users',
        description: 'Deleted users are listed too. Without `limit` the envelope holds everybody.',
        querystring: Type.Object(pageParameters),
        response: { 200: json(envelope('UsersPage', User), 'Users, in order of id.'), ...refused(400, 401) },
      },
    },
    (request, reply) =>
      sendList(request, reply, {
        alwaysEnvelope: true,
        filters: {},
        costly: false,
        count: (db) => countUsers(db, request.caller),
        rows: (db, page) => userRows(db, request.caller, page),
      }),
  )

  app.get(
    '/iam/users/me',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'getOwnUser',
        summary: 'The user who asks',
        response: { 200: json(User, 'The caller.'), ...refused(401) },
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
        response: { 200: json(User, 'The user.'), ...refused(401, 404) },
      },
    },
    (request, reply) => sendUser(request.params.userId, request, reply),
  )

  async function sendUser(userId: number, request: FastifyRequest, reply: FastifyReply) {
    const document = await scope.read(request.caller, (db) => findUser(db, request.caller, userId))
    if (!document) throw errors.notFound()
    return sendDocument(reply, document)
  }
}
