/** Query and path parameters. Each is one value that holds its documentation, parser and type. */
import { type Static, type TSchema, Type } from 'typebox'
import { errors, type FieldErrors } from './errors.ts'

const reader = Symbol('reader')
type Read<T> = (text: string) => T

/** Why a value cannot be parsed. The 400 shows it after the parameter's name. */
export class ParameterError extends Error {}

/** A parameter whose value is what `read` returns for its text. `read` throws ParameterError; it never receives an empty text. */
export function parameter<T>(schema: object, read: Read<T>) {
  const readText = (value: string) => {
    if (!isText(value)) throw new ParameterError('Contains characters that are not allowed.')
    return read(value)
  }
  return Type.Optional(Type.Unsafe<T>({ ...schema, [reader]: readText }))
}

/** Returns whether PostgreSQL can store the text: no NUL, no lone surrogate, and no U+001F, which joins values in the read model. */
export const isText = (value: string) => value.isWellFormed() && !value.includes('\0') && !value.includes('\x1f')

/** Parses an exact integer. Beyond 2^53 nothing exists, so it becomes -1, which matches no id and no count. */
function readInteger(value: string) {
  if (!/^-?\d+$/.test(value)) throw new ParameterError('A valid integer is required.')
  return Number.isSafeInteger(Number(value)) ? Number(value) : -1
}

const list = (value: string) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

export const text = (description: string) => parameter<string>({ type: 'string', description }, (value) => value)

export const integer = (description: string) => parameter<number>({ type: 'integer', description }, readInteger)

export const integers = (description: string) =>
  parameter<number[]>({ type: 'string', description }, (value) => list(value).map(readInteger))

/** `limit` and `offset`: non-negative integers of any size. */
export const count = (description: string) =>
  parameter<number>({ type: 'integer', minimum: 0, description }, (value) => {
    if (!/^\d+$/.test(value)) throw new ParameterError('A whole number, 0 or greater, is required.')
    return Math.min(Number(value), Number.MAX_SAFE_INTEGER)
  })

export const number = (description: string) =>
  parameter<number>({ type: 'number', description }, (value) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) || !Number.isFinite(Number(value)))
      throw new ParameterError('A valid number is required.')
    return Number(value)
  })

/** true or false in any case, 1 or 0. */
export const flag = (description: string) =>
  parameter<boolean>({ type: 'boolean', description }, (value) => {
    const read = readFlag(value)
    if (read === undefined) throw new ParameterError('Must be true or false.')
    return read
  })

function readFlag(value: string) {
  if (/^(true|1)$/i.test(value)) return true
  if (/^(false|0)$/i.test(value)) return false
  return undefined
}

/** `deleted`: true selects only deleted objects, false only live ones, anything else all. */
export const deletedFlag = (description: string) => parameter<boolean | undefined>({ type: 'string', description }, readFlag)

function readOneOf<T extends string>(values: readonly T[]) {
  return (value: string) => {
    const found = values.find((one) => one === value)
    if (found === undefined) throw new ParameterError(`Must be one of: ${values.join(', ')}.`)
    return found
  }
}

export const oneOf = <const T extends string>(values: readonly T[], description: string) =>
  parameter<T>({ type: 'string', enum: values, description }, readOneOf(values))

export const someOf = <const T extends string>(values: readonly T[], description: string) =>
  parameter<T[]>({ type: 'string', description }, (value) => list(value).map(readOneOf(values)))

/** An instant (ISO 8601; a bare date is midnight UTC, a missing zone is UTC) as text that PostgreSQL parses, to the microsecond. */
export const instant = (description: string) => parameter<string>({ type: 'string', format: 'date-time', description }, readInstant)

export function readInstant(value: string): string {
  // In a query string an unescaped + arrives as a space.
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:Z|([+ -])(\d\d):?(\d\d)?)?)?$/i.exec(
    value.trim(),
  )
  if (!match) throw new ParameterError('An ISO 8601 date is required, such as 2026-01-31T12:00:00Z.')
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', sign = '+', zoneHour = '00', zoneMinute = '00'] =
    match
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  const instant = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 6).padEnd(6, '0')}${sign.replace(' ', '+')}${zoneHour}:${zoneMinute}`
  const utcYear = new Date(instant).getUTCFullYear() // NaN if hour, minute or second do not exist
  const exists = date.getUTCDate() === Number(day) && Number(hour) < 24 && Number(zoneHour) <= 14 && utcYear >= 1 && utcYear <= 9999
  if (!exists) throw new ParameterError('This date and time does not exist.')
  return instant
}

/** `ordering`: fields separated by commas, `-` for descending. Returns pairs of the column and whether it descends. */
export function ordering<T extends string>(columns: Record<string, T>, description: string) {
  return parameter<{ column: T; descending: boolean }[]>({ type: 'string', description }, (value) => {
    const fields = list(value).map((field) => {
      const descending = field.startsWith('-')
      const name = descending ? field.slice(1) : field
      const column = Object.hasOwn(columns, name) ? columns[name] : undefined
      if (!column) throw new ParameterError(`Cannot order by "${field}". Choose from: ${Object.keys(columns).join(', ')}.`)
      return { column, descending }
    })
    if (new Set(fields.map((field) => field.column)).size < fields.length) throw new ParameterError('Names a field more than once.')
    return fields
  })
}

/** The id of an object in the path. A malformed id is a 404, like one that does not exist. */
export const id = (description: string) =>
  Type.Unsafe<number>({
    type: 'integer',
    description,
    [reader]: (value: string) => {
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value))) throw errors.notFound()
      return Number(value)
    },
  })

/** An id where the contract also documents a 400, for a value that is not a number. */
export const numericId = (description: string) => Type.Unsafe<number>({ type: 'integer', description, [reader]: readInteger })

/** The id of an object in the path, where ids are UUIDs. */
export const uuid = (description: string) =>
  Type.Unsafe<string>({
    type: 'string',
    format: 'uuid',
    description,
    [reader]: (value: string) => {
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) throw errors.notFound()
      return value.toLowerCase()
    },
  })

/** Makes Fastify's validator for `querystring` and `params`. One 400 names every error. Undeclared parameters are ignored. */
export function compileParameters(schema: TSchema & { properties?: Record<string, TSchema> }) {
  const readers = Object.entries(schema.properties ?? {}).map(
    ([name, one]) => [name, (one as { [reader]?: Read<unknown> })[reader]] as const,
  )
  return (given: Record<string, unknown> | null) => {
    const value: Record<string, unknown> = {}
    const wrong: FieldErrors = {}
    for (const [name, read] of readers) {
      const raw = given?.[name]
      if (raw === undefined || raw === '') continue
      try {
        if (typeof raw !== 'string') throw new ParameterError('Send this parameter only once.')
        value[name] = read ? read(raw) : raw
      } catch (error) {
        if (!(error instanceof ParameterError)) return { error: error as Error }
        wrong[name] = [error.message]
      }
    }
    return Object.keys(wrong).length > 0 ? { error: errors.invalid(wrong) } : { value }
  }
}

export type Values<T extends TSchema> = Static<T>
