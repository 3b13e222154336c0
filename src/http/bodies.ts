/** Request bodies: parses JSON, and turns schema errors into errors by field (docs/domain.md, Errors). */
import { Ajv, type ErrorObject } from 'ajv'
import type { DataValidationCxt } from 'ajv/dist/types/index.js'
import type { FastifyInstance } from 'fastify'
import { parse as parseJson } from 'secure-json-parse'
import { normalEmail } from '../lib/email.ts'
import { errors, type FieldErrors } from './errors.ts'
import { isText } from './parameters.ts'
import { orNone, wanted } from './schema.ts'

export function readJsonBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      const value = parseJson(body as string, undefined, { protoAction: 'error', constructorAction: 'error' })
      if (isDeeper(value, DEEPEST)) throw new Error(`nested deeper than ${DEEPEST} levels`)
      done(null, value)
    } catch (error) {
      done(errors.unparsable((error as Error).message))
    }
  })
  // Some clients send Content-Type with a GET or DELETE without a body: ignore it.
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw
    if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') delete headers['content-type']
  })
}

/** No documented body has more than four levels, and code that walks a body may recurse once per level. */
const DEEPEST = 32

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)))

/** Bytes of a body unless its route sets `bodyLimit`: four times what most schemas allow. */
export const BODY_LIMIT = 16 * 1024

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: false })

// Only one format has a meaning here: email addresses reach handlers in their normal form, in every operation.
ajv.removeKeyword('format')
ajv.addKeyword({
  keyword: 'format',
  type: 'string',
  modifying: true,
  before: 'maxLength',
  validate: (format: string, text: string, schema: unknown, at: DataValidationCxt | undefined) => {
    if (format !== 'email' || (text === '' && (schema as { [orNone]?: true })[orNone])) return true
    const normal = normalEmail(text)
    if (normal !== undefined && at) at.parentData[at.parentDataProperty] = normal
    return normal !== undefined
  },
})

/** The most errors that a refusal names. A list may have as many wrong items as it may have items. */
const TOLD = 1000

/**
 * Compiles Fastify's validator for `body`. The handler receives the declared fields only; the activity log records a rejected body as it
 * was sent.
 */
export function compileBody(schema: object) {
  const validate = ajv.compile(schema)
  const copy = boundedCopy(schema)
  return (body: unknown) => {
    if (body === null || typeof body !== 'object' || Array.isArray(body)) {
      return { error: errors.invalid({ errors: ['A JSON object is required.'] }) }
    }
    const declared = copy(body)
    if (!validate(declared)) return { error: errors.invalid(byField((validate.errors ?? []).slice(0, TOLD))) }
    const unreadable = unstorable(declared)
    if (unreadable) return { error: errors.invalid(nest(unreadable, 'Contains characters that are not allowed.')) }
    return { value: declared }
  }
}

interface Bounds {
  properties?: Record<string, Bounds>
  items?: Bounds
  maxItems?: number
  maxLength?: number
}

/**
 * Copies the fields that the schema declares, so that no handler can write any other: unknown fields are ignored, not rejected. Copies one
 * item or character more of a list or text than allowed, which is enough to reject it. So the schema bounds the cost of validation and the
 * number of its errors, however large the body is.
 */
function boundedCopy({ properties, items, maxItems, maxLength }: Bounds): (value: unknown) => unknown {
  const fields = Object.entries(properties ?? {}).map(([name, inner]) => [name, boundedCopy(inner)] as const)
  const item = boundedItem(items)
  return (value) => {
    if (typeof value === 'string') return maxLength === undefined ? value : value.slice(0, 2 * (maxLength + 1)) // a character may take two units
    if (Array.isArray(value)) return value.slice(0, maxItems === undefined ? undefined : maxItems + 1).map(item)
    if (typeof value !== 'object' || value === null || properties === undefined) return value
    const copied: Record<string, unknown> = {}
    for (const [name, copy] of fields) if (Object.hasOwn(value, name)) copied[name] = copy((value as Record<string, unknown>)[name])
    return copied
  }
}

const boundedItem = (items: Bounds | undefined) => (items === undefined ? (value: unknown) => value : boundedCopy(items))

/** Returns the path of the first text that PostgreSQL cannot store. */
function unstorable(value: unknown): string[] | undefined {
  if (typeof value === 'string') return isText(value) ? undefined : []
  if (value === null || typeof value !== 'object') return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = unstorable(inner)
    if (found) return [key, ...found]
  }
  return undefined
}

function byField(objections: ErrorObject[]): FieldErrors {
  const fields: FieldErrors = {}
  for (const { instancePath, keyword, params, data, parentSchema } of objections) {
    if (keyword === 'anyOf' || keyword === 'oneOf') continue
    const path = instancePath.split('/').slice(1)
    if (keyword === 'required') path.push(params.missingProperty)
    put(fields, path.length > 0 ? path : ['errors'], wantedBy(keyword, parentSchema) ?? say(keyword, params, data))
  }
  return fields
}

/** The message of `matching` for a text that does not match. */
const wantedBy = (keyword: string, schema: unknown) => (keyword === 'pattern' ? (schema as { [wanted]?: string })[wanted] : undefined)

function say(keyword: string, params: Record<string, unknown>, data: unknown): string {
  if (keyword === 'required') return 'This field is required.'
  if (keyword === 'format') return 'Enter a valid email address.'
  if (data === null) return 'This field may not be null.'
  if (keyword === 'type') return `Must be of type ${[params.type].flat().join(' or ')}.`
  if (keyword === 'enum') return `Must be one of: ${[params.allowedValues].flat().join(', ')}.`
  if (keyword === 'minLength')
    return params.limit === 1 ? 'This field may not be blank.' : `At least ${params.limit} characters are required.`
  if (keyword === 'maxLength') return `At most ${params.limit} characters are allowed.`
  return 'This value is not valid.'
}

const nest = (path: string[], text: string) => {
  const fields: FieldErrors = {}
  put(fields, path, text)
  return fields
}

function put(fields: FieldErrors, path: string[], text: string) {
  const [field = 'errors', ...rest] = path
  const there = fields[field]
  if (Array.isArray(there)) {
    if (!there.includes(text)) there.push(text)
  } else if (rest.length === 0) fields[field] = [text]
  else {
    fields[field] ??= {}
    put(fields[field] as FieldErrors, rest, text)
  }
}
