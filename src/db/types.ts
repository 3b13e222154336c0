/** What values of PostgreSQL are here: ids and counts are numbers, for they stay far below 2^53, and instants are Dates. */
import pg from 'pg'

type Parse = (text: string) => unknown
type TypeId = Parameters<typeof pg.types.getTypeParser>[0]

/** A Date holds milliseconds; what needs microseconds is read as text. Every connection says its times in UTC. */
const instant: Parse = (text) => new Date(text)

const own = new Map<number, Parse>([
  [20, Number], // int8
  [1082, instant], // date
  [1114, instant], // timestamp
  [1184, instant], // timestamptz
  [1186, String], // interval
  [1016, arrayOf(Number)],
  [1182, arrayOf(instant)],
  [1115, arrayOf(instant)],
  [1185, arrayOf(instant)],
  [1231, arrayOf(String)], // numeric[]
  [1003, arrayOf(String)], // name[]
])

function arrayOf(parse: Parse): Parse {
  const texts = pg.types.getTypeParser(1009 as TypeId) as (text: string) => (string | null)[]
  return (text) => texts(text).map((item) => (item === null ? null : parse(item)))
}

type Types = Pick<typeof pg.types, 'getTypeParser'>
/** Types of a database, such as arrays of a domain, have another number in each. Domains themselves come as what they are made of. */
const FIRST_OF_DATABASE = 16_384
const refused: Parse = () => {
  throw new TypeError('A column has a type that only this database has: cast it.')
}
export const asValues = {
  getTypeParser: (oid: number) => own.get(oid) ?? (oid < FIRST_OF_DATABASE ? pg.types.getTypeParser(oid) : refused),
} as Types
const bytes = (text: string) => Buffer.from(text)
/** Whatever it is, the bytes of its text. */
export const asBytes = { getTypeParser: () => bytes } as unknown as Types
