/** Users under /iam/users: listed and read by every signed-in caller within what it may see, changed by themselves and by staff. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { pageParameters } from '../../http/paging.ts'
import { id } from '../../http/parameters.ts'
import { type Resource, sendDocument } from '../../http/resource.ts'
import { envelope, json, refused } from '../../http/schema.ts'
import { countUsers, findUser, seenBy, userRows } from './users.queries.ts'
import { changeUser } from './users.rules.ts'
import { User, UserChanges } from './users.schema.ts'

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
        onReadModel: true,
        rows: (db, slice, more) => userRows(db, request.caller, slice, more),
        document:
          () =>
          ([doc]) => [seenBy(request.caller, doc as Buffer)],
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

  app.patch(
    '/iam/users/:userId',
    {
      config: { access: access.everyone },
      schema: {
        tags,
        operationId: 'updateUser',
        summary: 'Change a user',
        description: 'Everybody changes their own name, language and telephone; staff those of the users of their reseller.',
        params: Type.Object({ userId: id('User.') }),
        body: UserChanges,
        response: { 200: json(User, 'The user as it is now.'), ...refused(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      const changed = ({ affected }: { affected: number }) => affected
      const { document } = await change(scope, request, reply, changed, (db) => changeUser(db, caller, params.userId, body))
      return sendDocument(reply, document)
    },
  )

  async function sendUser(userId: number, request: FastifyRequest, reply: FastifyReply) {
    const document = await scope.read(request.caller, (db) => findUser(db, request.caller, userId))
    if (!document) throw errors.notFound()
    return sendDocument(reply, document)
  }
}
