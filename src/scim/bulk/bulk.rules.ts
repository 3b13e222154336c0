/** The operations of a Bulk request, one after the other (RFC 7644, 3.7). */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { setLoggedBody } from '../../http/activity.ts'
import { errors, toApiError } from '../../http/errors.ts'
import { redactedBody } from '../../http/redaction.ts'
import { canonicalDocument } from '../attributes.ts'
import { SCIM, type Work } from '../directory.ts'
import { MOST_OPERATIONS } from '../discovery/discovery.documents.ts'
import { createGroup, deleteGroup, patchGroup, replaceGroup } from '../groups/groups.rules.ts'
import { type Document, refuse, scimError } from '../messages.ts'
import { operationsOf, patched } from '../patches.ts'
import { type ResourceHandles, work } from '../resources.ts'
import { said } from '../users/users.document.ts'
import { changeUser, createUser, deleteUser, lockedUser } from '../users/users.rules.ts'

interface BulkOperation {
  method: string
  path: string
  bulkId: string | undefined
  data: unknown
}

/** Characters of the data of an operation in the activity. */
const KEPT = 2000

/** @throws 400 for what is no Bulk request */
export function bulkOf(body: unknown): { operations: BulkOperation[]; failOnErrors: number } {
  const { Operations, failOnErrors = 0 } = (body ?? {}) as Document
  if (!Array.isArray(Operations)) throw refuse.syntax('"Operations" must be a list.')
  if (Operations.length > MOST_OPERATIONS) throw refuse.syntax(`At most ${MOST_OPERATIONS} operations are taken at once.`)
  const operations = Operations.map((one): BulkOperation => {
    const { method, path, bulkId, data } = (one ?? {}) as Document
    if (typeof path !== 'string') throw refuse.syntax('Every operation has a path.')
    return { method: String(method).toUpperCase(), path, bulkId: typeof bulkId === 'string' ? bulkId : undefined, data }
  })
  return { operations, failOnErrors: Number(failOnErrors) || 0 }
}

/** Stops after so many failures, if that is not 0. */
export async function perform(
  { scope, base }: ResourceHandles,
  request: FastifyRequest,
  reply: FastifyReply,
  operations: readonly BulkOperation[],
  failOnErrors: number,
): Promise<Document[]> {
  const made = new Map<string, string>()
  const results: Document[] = []
  let failures = 0
  for (const { method, path, bulkId, data } of operations) {
    const shown = { method, path, ...(bulkId !== undefined && { bulkId }) }
    try {
      const resolved = resolveReferences(data, made)
      const [kind, id] = targetOf(resolveReferences(path, made) as string)
      setLoggedBody(request, { ...shown, data: redactedBody('application/json', data, KEPT) })
      const changed = await work(scope, request, reply, (work) => apply(work, method, kind, id, resolved))
      if (bulkId !== undefined && method === 'POST') made.set(bulkId, String(changed))
      const location = `${base}${SCIM}/${kind}/${changed}`
      results.push({ ...shown, location, status: method === 'POST' ? '201' : method === 'DELETE' ? '204' : '200' })
    } catch (error) {
      const { status, body } = scimError(toApiError(error as FastifyError, request))
      if (status >= 500) throw error
      results.push({ ...shown, status: String(status), response: body })
      if (++failures === failOnErrors) break
    }
  }
  setLoggedBody(request, { operations: operations.length, failed: failures })
  return results
}

/** @throws 400 */
function targetOf(path: string): ['Users' | 'Groups', number | undefined] {
  const [, kind, id] = /^\/(Users|Groups)(?:\/(\d{1,15}))?$/.exec(path) ?? []
  if (kind === undefined) throw refuse.path(`There is no "${path.slice(0, 100)}".`)
  return [kind as 'Users', id === undefined ? undefined : Number(id)]
}

/** Replaces `bulkId:name` by the id of what was made under that name. @throws 400 if nothing was */
function resolveReferences(value: unknown, made: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolveReferences(one, made))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, made)]))
  if (typeof value !== 'string' || !value.includes('bulkId:')) return value
  return value.replace(/\bbulkId:([^\s"/\]]+)/g, (_, name: string) => {
    const id = made.get(name)
    if (id === undefined) throw refuse.value(`No operation before this one created "${name.slice(0, 100)}".`)
    return id
  })
}

/** Returns the id of what was changed. */
async function apply(work: Work, method: string, kind: 'Users' | 'Groups', id: number | undefined, data: unknown): Promise<number> {
  if (method === 'POST' && id === undefined) return (kind === 'Users' ? createUser : createGroup)(work, canonicalDocument(data))
  if (id === undefined) throw refuse.path('The path has no id.')
  switch (method) {
    case 'DELETE':
      await (kind === 'Users' ? deleteUser : deleteGroup)(work, id)
      return id
    case 'PUT':
      if (kind === 'Groups') await replaceGroup(work, id, canonicalDocument(data))
      else await changeUser(work, await lockedUser(work, id), canonicalDocument(data))
      return id
    case 'PATCH': {
      if (kind === 'Groups') await patchGroup(work, id, data)
      else {
        const operations = operationsOf(data)
        const before = await lockedUser(work, id)
        await changeUser(work, before, patched(said(before), operations))
      }
      return id
    }
  }
  throw errors.methodNotAllowed(method, 'POST, PUT, PATCH, DELETE')
}
