/** Change sets under /reeve/change_sets: one change of many accounts, previewed, then applied by a job. For staff. Beyond the contract. */
import { Type } from 'typebox'
import { access } from '../../http/access.ts'
import { change, setLoggedBody } from '../../http/activity.ts'
import { errors } from '../../http/errors.ts'
import { ownerOfRequest } from '../../http/owners.ts'
import { id, oneOf } from '../../http/parameters.ts'
import { type Handles, type Resource, sendDocument } from '../../http/resource.ts'
import { errorResponses, json } from '../../http/schema.ts'
import type { Semaphore } from '../../lib/semaphore.ts'
import { cursorPage, cursorParameters, cursorText, type KeysetOrder, positionIn } from '../../lists/cursors.ts'
import { changeSetsAfter, findChangeSet, resultsAfter } from './change-sets.queries.ts'
import { apply, draft, keepDraft, stop } from './change-sets.rules.ts'
import { ChangeResult, ChangeSet, ChangeSetDraft, outcomes } from './change-sets.schema.ts'

const tags = ['Change Sets']
const params = Type.Object({ changeSetId: id('Change set.') })
const newestFirst: KeysetOrder = { column: 'id', descending: true }
const byAccount: KeysetOrder = { column: 'client_id', descending: false }

/** As many ids as a draft may have, with the commas between them. */
const bodyLimit = 128 * 1024

/** @param previews limits how many previews are computed at once */
export const changeSets: Resource<Handles & { previews: Semaphore }> = (app, { scope, previews }) => {
  const config = { access: access.staff }

  app.get(
    '/reeve/change_sets',
    {
      config,
      schema: {
        tags,
        operationId: 'listChangeSets',
        summary: 'List change sets',
        description: 'Newest first.',
        querystring: Type.Object(cursorParameters),
        response: { 200: json(cursorPage('ChangeSetsWalk', ChangeSet), 'A page.'), ...errorResponses(400, 401, 403) },
      },
    },
    async ({ caller, query: { limit = 100, cursor } }, reply) => {
      const position = positionIn(newestFirst, cursor)
      const { rows, last } = await scope.read(caller, (db) => changeSetsAfter(db, caller, newestFirst, position, limit))
      return sendDocument(reply, cursorText(rows, newestFirst, limit, last))
    },
  )

  app.post(
    '/reeve/change_sets',
    {
      config,
      bodyLimit,
      schema: {
        tags,
        operationId: 'createChangeSet',
        summary: 'Draft a change of many accounts',
        description:
          'Changes nothing yet, and answers what applying it would do now. `delete` and `restore` are for resellers, like the operations on one account.',
        body: ChangeSetDraft,
        response: { 201: json(ChangeSet, 'The draft with its preview.'), ...errorResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const made = await previews.run(ownerOfRequest(request), () => draft(scope, caller, body))
      reply.code(201)
      const about = { client: null, reseller: made.selection.resellerId }
      return sendDocument(reply, await change(scope, request, reply, about, (db) => keepDraft(db, caller, made)))
    },
  )

  app.get(
    '/reeve/change_sets/:changeSetId',
    {
      config,
      schema: {
        tags,
        operationId: 'getChangeSet',
        summary: 'One change set, and how far it is',
        params,
        response: { 200: json(ChangeSet, 'The change set.'), ...errorResponses(401, 403, 404) },
      },
    },
    async ({ caller, params: { changeSetId } }, reply) => {
      const document = await scope.read(caller, (db) => findChangeSet(db, caller, changeSetId))
      if (!document) throw errors.notFound()
      return sendDocument(reply, document)
    },
  )

  app.get(
    '/reeve/change_sets/:changeSetId/results',
    {
      config,
      schema: {
        tags,
        operationId: 'listChangeResults',
        summary: 'What became of each account',
        description: 'In order of their ids, as far as they are done.',
        params,
        querystring: Type.Object({ ...cursorParameters, outcome: oneOf(outcomes, 'Only accounts of which this became.') }),
        response: { 200: json(cursorPage('ChangeResultsWalk', ChangeResult), 'A page.'), ...errorResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params: { changeSetId }, query: { limit = 100, cursor, outcome } }, reply) => {
      const position = positionIn(byAccount, cursor)
      const { rows, last } = await scope.read(caller, async (db) => {
        if (!(await findChangeSet(db, caller, changeSetId))) throw errors.notFound()
        return resultsAfter(db, caller, changeSetId, outcome, position?.id, limit)
      })
      return sendDocument(reply, cursorText(rows, byAccount, limit, last))
    },
  )

  app.post(
    '/reeve/change_sets/:changeSetId/apply',
    {
      config,
      schema: {
        tags,
        operationId: 'applyChangeSet',
        summary: 'Apply a draft, or go on with a stopped change set',
        description:
          'A draft is applied to the accounts that are selected at this moment. They are changed in the background, a few at a time, each by ' +
          'the rules of the operation on one account, in the name of the caller.',
        params,
        response: { 200: json(ChangeSet, 'It is being applied.'), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const { changeSetId } = request.params
      const done = await change(
        scope,
        request,
        reply,
        ({ resellerId, entry }: Awaited<ReturnType<typeof apply>>) => ({ client: null, reseller: resellerId, entry }),
        async (db) => {
          const applied = await apply(db, caller, changeSetId)
          setLoggedBody(request, { change_set: changeSetId, change: applied.change })
          return applied
        },
      )
      return sendDocument(reply, done.document)
    },
  )

  app.post(
    '/reeve/change_sets/:changeSetId/stop',
    {
      config,
      schema: {
        tags,
        operationId: 'stopChangeSet',
        summary: 'Stop a change set',
        description: 'What is done stays done. `apply` goes on with the rest.',
        params,
        response: { 200: json(ChangeSet, 'It is stopped.'), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { caller } = request
      const done = await change(
        scope,
        request,
        reply,
        ({ resellerId }: Awaited<ReturnType<typeof stop>>) => ({ client: null, reseller: resellerId }),
        (db) => stop(db, caller, request.params.changeSetId),
      )
      return sendDocument(reply, done.document)
    },
  )
}
