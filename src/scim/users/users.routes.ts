/** /scim/v2/Users: the users of a directory. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import type { App } from '../../http/resource.ts'
import { noContent } from '../../http/schema.ts'
import { canonicalDocument } from '../attributes.ts'
import { directoryOf, SCIM } from '../directory.ts'
import { type Document, listOf, schemas, scimErrors, scimJson, sendScim } from '../messages.ts'
import { operationsOf, patched } from '../patches.ts'
import { projected } from '../projection.ts'
import { idOf, type Listing, listParameters, pageOf, projectionParameters, type ResourceHandles, searchOf, work } from '../resources.ts'
import { said, userDocument } from './users.document.ts'
import { findUser, listUsers, type UserRow } from './users.queries.ts'
import { changeUser, createUser, deleteUser, lockedUser } from './users.rules.ts'

const tags = ['SCIM']
const config = { access: access.scim }
const path = `${SCIM}/Users`
const params = idOf('User.')
const one = scimJson(schemas.User, 'The user.')

export function users(app: App, { scope, base }: ResourceHandles) {
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'scimListUsers',
        summary: 'List or find users',
        querystring: Type.Object(listParameters),
        response: { 200: scimJson(schemas.List, 'A page of users, in order of id.'), ...scimErrors(400, 401) },
      },
    },
    (request, reply) => list(request, reply, request.query),
  )

  app.post(
    `${path}/.search`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimSearchUsers',
        summary: 'Find users by POST',
        body: schemas.Document,
        response: { 200: scimJson(schemas.List, 'A page of users, in order of id.'), ...scimErrors(400, 401) },
      },
    },
    (request, reply) => list(request, reply, searchOf(canonicalDocument(request.body))),
  )

  app.post(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'scimCreateUser',
        summary: 'Create a user',
        description:
          'Without a password, and without an email: the user comes by the identity provider. An account’s directory creates users of domains that are proven for a provider of the account, and takes existing users with such an address into the account.',
        body: schemas.User,
        response: { 201: one, ...scimErrors(400, 401, 409) },
      },
    },
    async (request, reply) => {
      reply.code(201)
      const row = await work(scope, request, reply, async (work) => {
        const id = await createUser(work, canonicalDocument(request.body))
        return (await findUser(work.db, work.directory, id)) as UserRow
      })
      return send(reply.header('location', `${base}${path}/${row.id}`), row)
    },
  )

  app.get(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimGetUser',
        summary: 'One user',
        params,
        querystring: Type.Object(projectionParameters),
        response: { 200: one, ...scimErrors(401, 404) },
      },
    },
    async (request, reply) => {
      const row = await scope.read(request.caller, (db) => findUser(db, directoryOf(request), request.params.id))
      if (!row) throw errors.notFound()
      return send(reply, row, request.query)
    },
  )

  app.put(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimReplaceUser',
        summary: 'Replace a user',
        description: 'A user stays active or not where the body does not say.',
        params,
        body: schemas.User,
        response: { 200: one, ...scimErrors(400, 401, 404, 409) },
      },
    },
    (request, reply) => put(request, reply, request.params.id, () => canonicalDocument(request.body)),
  )

  app.patch(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimPatchUser',
        summary: 'Change a user',
        description: 'Deactivated, a user has nothing left that works there within a second.',
        params,
        body: schemas.Patch,
        response: { 200: one, ...scimErrors(400, 401, 404, 409) },
      },
    },
    (request, reply) => {
      const operations = operationsOf(request.body)
      return put(request, reply, request.params.id, (before) => patched(said(before), operations))
    },
  )

  app.delete(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimDeleteUser',
        summary: 'Remove a user',
        description: 'From the account, with its API tokens there. A user without another account is deleted.',
        params,
        response: { 204: noContent('The directory has the user no longer.'), ...scimErrors(400, 401, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await work(scope, request, reply, (work) => deleteUser(work, request.params.id))
    },
  )

  async function list(request: FastifyRequest, reply: FastifyReply, query: Listing) {
    const { first, offset, limit } = pageOf(query)
    const { total, rows } = await scope.read(
      request.caller,
      (db) => listUsers(db, directoryOf(request), query.filter, offset, limit),
      'custom',
    )
    const documents = rows.map((row) => projected(userDocument(row, base), query))
    return sendScim(reply, listOf(documents, total, first))
  }

  async function put(request: FastifyRequest, reply: FastifyReply, id: number, wanted: (before: UserRow) => Document) {
    const row = await work(scope, request, reply, async (work) => {
      const before = await lockedUser(work, id)
      await changeUser(work, before, wanted(before))
      return (await findUser(work.db, work.directory, id)) as UserRow
    })
    return send(reply, row)
  }

  const send = (reply: FastifyReply, row: UserRow, wanted = {}) => sendScim(reply, projected(userDocument(row, base), wanted))
}
