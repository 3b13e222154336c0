/** Shorthands for JSON schemas beyond TypeBox's own. A schema with a title becomes a named component of the OpenAPI document. */
import { type Static, type TSchema, Type } from 'typebox'
import { LONGEST_EMAIL } from '../lib/email.ts'

type Described = { title?: string; description?: string; readOnly?: boolean; example?: unknown; format?: string }

export const nullable = <T extends TSchema>(schema: T) => {
  const { type, enum: values } = schema as unknown as { type: string; enum?: unknown[] }
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [type, 'null'], ...(values && { enum: [...values, null] }) })
}

export const enumeration = <const T extends string>(values: readonly T[], described: Described = {}) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...described })

/** Marks the schema of an address: an empty text means none. */
export const orNone = Symbol('orNone')

/**
 * An email address in a body. http/bodies.ts checks the format and normalizes the value. There is no pattern, because generators know the
 * format.
 */
export const emailAddress = (description: string, { longest = LONGEST_EMAIL, mayBeEmpty = false } = {}) =>
  Type.Unsafe<string>({
    type: 'string',
    format: 'email',
    maxLength: longest,
    examples: ['anna@example.com'],
    description,
    ...(mayBeEmpty && { [orNone]: true }),
  })

/** The message of a 400 for a text that does not match. */
export const wanted = Symbol('wanted')

/** A text that must match `pattern`; otherwise the 400 says `want`. */
export const matching = (pattern: string, want: string, described: Described & { maxLength?: number }) =>
  Type.Unsafe<string>({ type: 'string', pattern, [wanted]: want, ...described })

export const id = (description: string) => Type.Integer({ description })
export const instant = (description: string) => Type.String({ format: 'date-time', description, examples: ['2021-01-01T12:00:00.000000Z'] })

const position = {
  count: Type.Integer({ description: 'Exact total number.' }),
  next: nullable(Type.String({ description: 'Path and query of the next page, null on the last.' })),
  previous: nullable(Type.String({ description: 'Path and query of the previous page, null on the first.' })),
}

/** A page of a list, returned if `limit` was sent. */
export const envelope = <T extends TSchema>(title: string, items: T) => Type.Object({ ...position, results: Type.Array(items) }, { title })

/** A page of a log: the contract names its rows `result`. */
export const logEnvelope = <T extends TSchema>(title: string, items: T) =>
  Type.Object({ ...position, result: Type.Array(items) }, { title })

const Message = Type.Object({ message: Type.String() }, { title: 'Message', examples: [{ message: 'Why the request was refused.' }] })
const Errors = Type.Object(
  {
    errors: Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: 'Messages by field, nested like the fields.' }),
  },
  { title: 'FieldErrors', examples: [{ errors: { email: ['This field is required.'] } }] },
)

const refusals = {
  400: [Type.Union([Errors, Message]), 'The request is not valid.'],
  401: [Message, 'There is no credential, or it is not valid.'],
  403: [Message, 'The caller may not do this.'],
  404: [Message, 'There is no such object, or the caller cannot see it.'],
  409: [Message, 'The request conflicts with the present state.'],
} as const

/** Declares the error statuses of a route, for its `response`. */
export function errorResponses(...statuses: (keyof typeof refusals)[]) {
  return Object.fromEntries(statuses.map((status) => [status, json(refusals[status][0], refusals[status][1])]))
}

/** The 400 of an operation that documents its own shape beside the usual ones. */
export const invalidOrDocumented = (documented: TSchema) => json(Type.Union([Errors, Message, documented]), refusals[400][1])

/** A response body with its description. Objects are serialized by the schema; documents that are already JSON text are sent unchanged. */
export const json = (schema: TSchema, description: string) => ({ description, content: { 'application/json': { schema } } })

export const noContent = (description: string) => ({ description, type: 'null' })

/** The response to a request that mails a link. */
export const Sent = Type.Object({ status: enumeration(['sent']) }, { title: 'Sent' })
