/** PATCH (RFC 7644, 3.5.2) as directories send it, in one form: Entra writes `Add` and "False", and both send values without a path. */
import { type ScimPatchOperation, scimPatch } from 'scim-patch'
import { canonicalDocument, canonicalName, canonicalPath, canonicalValue, isExtension } from './attributes.ts'
import { type Document, refuse, urn } from './messages.ts'

export interface Operation {
  op: 'add' | 'replace' | 'remove'
  /** Canonical. */
  path: string
  value?: unknown
}

const MOST = 1000
const single = [
  'active',
  'userName',
  'displayName',
  'externalId',
  'title',
  'nickName',
  'userType',
  'preferredLanguage',
  'locale',
  'timezone',
]

/** @throws 400 for what is no PatchOp */
export function operationsOf(body: unknown): Operation[] {
  const { Operations, operations = Operations } = canonicalDocumentOf(body)
  if (!Array.isArray(operations) || operations.length === 0) throw refuse.syntax('"Operations" must be a list of at least one.')
  if (operations.length > MOST) throw refuse.syntax(`At most ${MOST} operations are taken at once.`)
  return operations.flatMap(parted)
}

/** Not canonical yet: values are made so where their path is known. */
function canonicalDocumentOf(body: unknown): Document {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse.syntax('A JSON object is required.')
  return body as Document
}

function parted(given: unknown): Operation[] {
  const { op: said, path, value } = (given ?? {}) as Document
  const op = String(said).toLowerCase()
  if (op !== 'add' && op !== 'replace' && op !== 'remove') throw refuse.syntax(`There is no operation "${String(said).slice(0, 50)}".`)
  if (path !== undefined && path !== null && typeof path !== 'string') throw refuse.path('A path is a text.')
  if (op !== 'remove' && value === undefined) throw refuse.value(`"${op}" takes a value.`)
  if (!path) {
    if (op === 'remove') throw refuse.target('"remove" takes a path.')
    return Object.entries(canonicalDocument(value)).flatMap(([key, inner]) => (key === 'schemas' ? [] : at(op, canonicalPath(key), inner)))
  }
  return at(op, canonicalPath(path), canonicalValue(value, lastOf(canonicalPath(path))))
}

function at(op: Operation['op'], path: string, value: unknown): Operation[] {
  // An extension as a whole is its attributes.
  if (isExtension(path) && op !== 'remove')
    return Object.entries(canonicalDocument(value)).map(([key, inner]) => ({ op, path: `${path}:${canonicalName(key)}`, value: inner }))
  if (['id', 'meta', 'groups', 'schemas'].includes(path.split(/[.[]/)[0] as string)) {
    // Okta sends the id of a group with what it replaces.
    if (path === 'id' || path === 'schemas') return []
    throw refuse.mutability(`"${path}" cannot be changed.`)
  }
  // Entra has sent texts as [{"value": …}].
  if (single.includes(path) && Array.isArray(value) && value.length === 1) {
    const [one] = value
    value = typeof one === 'object' && one !== null && 'value' in one ? canonicalValue((one as Document).value, path) : one
  }
  return [{ op, path, value }]
}

const lastOf = (path: string) => path.slice(Math.max(path.lastIndexOf('.'), path.lastIndexOf(':'), path.lastIndexOf(']')) + 1)

/** Applies operations to a copy of a resource. @throws 400 if a path cannot be read, or leads nowhere */
export function patched(resource: Document, operations: readonly Operation[]): Document {
  const copy = structuredClone(resource) as Document & { schemas: string[]; meta: never }
  copy.schemas ??= [urn.user]
  try {
    return scimPatch(
      copy,
      operations.map(({ op, path, value }) => ({ op, path, ...(value !== undefined && { value }) })) as ScimPatchOperation[],
      {
        mutateDocument: true,
        treatMissingAsAdd: true,
      },
    )
  } catch (error) {
    const { scimCode, message } = error as Error & { scimCode?: string }
    if (scimCode === undefined) throw error
    throw scimCode === 'noTarget' ? refuse.target(message) : refuse.path(message)
  }
}
