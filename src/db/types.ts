/** Maps PostgreSQL types to JavaScript: ids and counts become numbers, because they stay far below 2^53, and instants become Dates. */
import pg from 'pg'

type Parse = (text: string) => unknown
type TypeId = Parameters<typeof pg.types.getTypeParser>[0]

/** A Date has milliseconds; read as text what needs microseconds. Every connection sets its time zone to UTC. */
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
/** Types created in a database, such as arrays of a domain, have a different OID in each. Domains arrive as their base type. */
const FIRST_OF_DATABASE = 16_384
const refused: Parse = () => {
  throw new TypeError('A column has a type that only this database has: cast it.')
}
export const asValues = {
  getTypeParser: (oid: number) => own.get(oid) ?? (oid < FIRST_OF_DATABASE ? pg.types.getTypeParser(oid) : refused),
} as Types
const bytes = (text: string) => Buffer.from(text)
/** Returns the bytes of any value's text. */
export const asBytes = { getTypeParser: () => bytes } as unknown as Types
