/** What SCIM requests and answers are made of (RFC 7643, RFC 7644): schemas, errors, lists. */
import type { FastifyReply } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { ERROR_CODE, type ErrorCode } from '../http/error-codes.ts'
import { ApiError } from '../http/errors.ts'

export const SCIM_JSON = 'application/scim+json'

export const urn = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  /** Of our own: the account that a reseller's directory puts a user in. */
  reeve: 'urn:reeve:params:scim:schemas:extension:2.0:User',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  bulkRequest: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
  bulk: 'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  config: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
} as const

/** RFC 7644, 3.12. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'

/** A SCIM resource or message: whatever JSON a directory sends. */
export type Document = Record<string, unknown>

const types = new WeakMap<Error, ScimType>()

function refusal(code: ErrorCode, scimType: ScimType, detail: string): ApiError {
  const error = new ApiError(code, { message: detail })
  types.set(error, scimType)
  return error
}

export const refuse = {
  value: (detail: string) => refusal('invalid_parameter', 'invalidValue', detail),
  syntax: (detail: string) => refusal('invalid_parameter', 'invalidSyntax', detail),
  path: (detail: string) => refusal('invalid_parameter', 'invalidPath', detail),
  target: (detail: string) => refusal('invalid_parameter', 'noTarget', detail),
  filter: (detail: string) => refusal('invalid_parameter', 'invalidFilter', detail),
  mutability: (detail: string) => refusal('invalid_parameter', 'mutability', detail),
  uniqueness: (detail: string) => refusal('scim_uniqueness', 'uniqueness', detail),
}

/** Rules that answer 403 elsewhere because of the state of the object; to a directory it is a value that cannot be. */
const statesOfObjects: readonly ErrorCode[] = ['last_administrator', 'last_operator']

/** The status of an error, and its body as RFC 7644, 3.12 has it. */
export function scimError(error: ApiError): { status: number; headers: Record<string, string>; body: Document } {
  const isState = statesOfObjects.includes(error.code)
  const status = isState ? 400 : error.status
  const scimType = types.get(error) ?? (isState ? 'invalidValue' : undefined)
  const headers = isState ? { ...error.headers, [ERROR_CODE]: 'invalid_parameter' } : error.headers
  return { status, headers, body: { schemas: [urn.error], status: String(status), ...(scimType && { scimType }), detail: textOf(error) } }
}

/** The message of an error, or its messages by field in one line. */
function textOf({ body }: ApiError): string {
  const { message, errors } = body as { message?: string; errors?: object }
  if (message !== undefined) return message
  const texts = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : []
  return texts(errors).join(' ')
}

/** As text: a serialiser would drop fields. */
export const sendScim = (reply: FastifyReply, body: Document) => reply.type(`${SCIM_JSON}; charset=utf-8`).send(JSON.stringify(body))

export const listOf = (resources: readonly Document[], totalResults = resources.length, startIndex = 1): Document => ({
  schemas: [urn.list],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})

const Free = (title: string, example: Document) =>
  Type.Unsafe<Document>({ type: 'object', title, additionalProperties: true, examples: [example] })

export const schemas = {
  User: Free('ScimUser', {
    schemas: [urn.user],
    externalId: '00u1a2b3',
    userName: 'ada@lovelace-media.example',
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    active: true,
  }),
  Group: Free('ScimGroup', { schemas: [urn.group], externalId: '9f8e7d6c', displayName: 'Engineering' }),
  GroupPatch: Free('ScimGroupPatch', { schemas: [urn.patch], Operations: [{ op: 'replace', path: 'displayName', value: 'Engineers' }] }),
  Patch: Free('ScimPatch', { schemas: [urn.patch], Operations: [{ op: 'replace', path: 'active', value: false }] }),
  Bulk: Free('ScimBulk', {
    schemas: [urn.bulkRequest],
    Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'ada@lovelace-media.example' } }],
  }),
  List: Free('ScimList', { schemas: [urn.list], totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] }),
  Document: Free('ScimDocument', {}),
}
const ErrorBody = Free('ScimError', { schemas: [urn.error], status: '404', detail: 'Not found.' })

export const scimJson = (schema: TSchema, description: string) => ({ description, content: { [SCIM_JSON]: { schema } } })

const meanings = {
  400: 'The request is not valid.',
  401: 'There is no bearer token of a directory.',
  404: 'The directory has no such object.',
  409: 'Another object has this value.',
} as const

export const scimErrors = (...statuses: (keyof typeof meanings)[]) =>
  Object.fromEntries(statuses.map((status) => [status, scimJson(ErrorBody, meanings[status])]))
