/** /scim/v2/Groups: the groups of a directory, which decide roles. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { errors } from '../../http/errors.ts'
import type { App } from '../../http/resource.ts'
import { noContent } from '../../http/schema.ts'
import { canonicalDocument, canonicalPath } from '../attributes.ts'
import { directoryOf, SCIM, type Work } from '../directory.ts'
import { listOf, schemas, scimErrors, scimJson, sendScim } from '../messages.ts'
import { projected, type Wanted } from '../projection.ts'
import { idOf, type Listing, listParameters, pageOf, projectionParameters, type ResourceHandles, searchOf, work } from '../resources.ts'
import { findGroup, type GroupRow, listGroups } from './groups.queries.ts'
import { createGroup, deleteGroup, groupDocument, patchGroup, replaceGroup } from './groups.rules.ts'

const tags = ['SCIM']
const config = { access: access.scim }
const path = `${SCIM}/Groups`
const params = idOf('Group.')
const one = scimJson(schemas.Group, 'The group.')

/** Whether members are answered: of large groups most who ask want none. */
const wantsMembers = ({ attributes, excludedAttributes }: Wanted) => {
  const names = (list: string) => list.split(',').map((name) => canonicalPath(name.trim()).split('.')[0])
  if (attributes) return names(attributes).includes('members')
  return !excludedAttributes || !names(excludedAttributes).includes('members')
}

export function groups(app: App, { scope, base }: ResourceHandles) {
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'scimListGroups',
        summary: 'List or find groups',
        querystring: Type.Object(listParameters),
        response: { 200: scimJson(schemas.List, 'A page of groups, in order of id.'), ...scimErrors(400, 401) },
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
        operationId: 'scimSearchGroups',
        summary: 'Find groups by POST',
        body: schemas.Document,
        response: { 200: scimJson(schemas.List, 'A page of groups, in order of id.'), ...scimErrors(400, 401) },
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
        operationId: 'scimCreateGroup',
        summary: 'Create a group',
        body: schemas.Group,
        response: { 201: one, ...scimErrors(400, 401, 409) },
      },
    },
    async (request, reply) => {
      reply.code(201)
      const row = await work(scope, request, reply, async (work) => whole(work, await createGroup(work, canonicalDocument(request.body))))
      return sendScim(reply.header('location', `${base}${path}/${row.id}`), groupDocument(row, base))
    },
  )

  app.get(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimGetGroup',
        summary: 'One group',
        params,
        querystring: Type.Object(projectionParameters),
        response: { 200: one, ...scimErrors(401, 404) },
      },
    },
    async (request, reply) => {
      const { caller, params, query } = request
      const row = await scope.read(caller, (db) => findGroup(db, directoryOf(request), params.id, wantsMembers(query)))
      if (!row) throw errors.notFound()
      return sendScim(reply, projected(groupDocument(row, base), query))
    },
  )

  app.put(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimReplaceGroup',
        summary: 'Replace a group',
        description: 'Members stay as they are where the body has no `members`.',
        params,
        body: schemas.Group,
        response: { 200: one, ...scimErrors(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const row = await work(scope, request, reply, async (work) => {
        await replaceGroup(work, id, canonicalDocument(request.body))
        return whole(work, id)
      })
      return sendScim(reply, groupDocument(row, base))
    },
  )

  app.patch(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimPatchGroup',
        summary: 'Change a group',
        description: 'Users whose groups change get the role that follows from the rules of the directory.',
        params,
        body: schemas.GroupPatch,
        response: { 204: noContent('The group was changed.'), ...scimErrors(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await work(scope, request, reply, (work) => patchGroup(work, request.params.id, request.body))
    },
  )

  app.delete(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'scimDeleteGroup',
        summary: 'Delete a group',
        params,
        response: { 204: noContent('The group was deleted.'), ...scimErrors(400, 401, 404) },
      },
    },
    async (request, reply) => {
      reply.code(204)
      await work(scope, request, reply, (work) => deleteGroup(work, request.params.id))
    },
  )

  async function list(request: FastifyRequest, reply: FastifyReply, query: Listing) {
    const { first, offset, limit } = pageOf(query)
    const page = { offset, limit, withMembers: wantsMembers(query) }
    const { total, rows } = await scope.read(request.caller, (db) => listGroups(db, directoryOf(request), query.filter, page), 'custom')
    return sendScim(
      reply,
      listOf(
        rows.map((row) => projected(groupDocument(row, base), query)),
        total,
        first,
      ),
    )
  }
}

const whole = async ({ db, directory }: Work, id: number) => (await findGroup(db, directory, id, true)) as GroupRow
