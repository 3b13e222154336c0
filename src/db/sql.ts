/**
 * SQL as template literals. db`…` is a query, sent when it is awaited, or a part of another query. Values in ${…} are sent separately from
 * the text and never become SQL. Identifiers are db('name') or db(['a', 'b']); db(row) is what follows INSERT INTO t or UPDATE t SET.
 */
import pg from 'pg'

type Scalar = string | number | bigint | boolean | Date | Uint8Array | null
export type Parameter = Scalar | readonly Scalar[] | Part
// biome-ignore lint/suspicious/noExplicitAny: the author of a query declares the type of its rows
export type Row = Record<string, any>
export type Rows<T> = T & { count: number }
type Failure = Error & { code?: string }
export type Send = <T>(query: Query<T>) => Promise<Rows<T>>

export interface ISql {
  <T extends readonly object[] = Row[]>(strings: TemplateStringsArray, ...parameters: readonly Parameter[]): Query<T>
  (names: string | readonly string[]): Part
  /** Uses the named columns, else those of the first row. */
  (rows: object, ...columns: readonly string[]): Part
  /** Uses `text` unchanged, with values for $1 and so on. Without values it may be several statements. */
  unsafe<T extends readonly object[] = Row[]>(text: string, values?: readonly unknown[]): Query<T>
  json(value: unknown): Part
}

/** A statement under construction: its text with $1 and so on, and their values. */
export class Statement {
  text = ''
  values: unknown[] = []
  /** It contains parts, so that one template may produce many texts. */
  isComposed = false

  add(text: string, values: readonly unknown[] = []) {
    if (values.length > 0 && this.values.length > 0) throw new TypeError('The values of unsafe() must be the only ones.')
    this.text += text
    this.isComposed = true
    this.values.push(...values)
  }

  /** Appends `strings` with `parameters` between them. */
  fill(strings: readonly string[], parameters: readonly unknown[]) {
    for (const [n, string] of strings.entries()) {
      this.text += string
      if (n >= parameters.length) break
      const value = parameters[n]
      if (value instanceof Part) {
        this.isComposed = true
        value.write(this)
      } else if (value === undefined) throw new TypeError(`A value is undefined behind: ${this.text}`)
      else this.text += `$${this.values.push(value instanceof Date ? value.toISOString() : value)}${typeOf(value)}`
    }
  }
}

/** Casts a value where PostgreSQL might infer another type, as in `$1 - interval '1 day'`. */
const typeOf = (value: unknown) =>
  value instanceof Date ? '::timestamptz' : typeof value === 'boolean' ? '::boolean' : value instanceof Uint8Array ? '::bytea' : ''

/** Something that can be interpolated into a query. */
export class Part {
  readonly write: (to: Statement) => void
  constructor(write: (to: Statement) => void) {
    this.write = write
  }
}

export class Query<T> extends Part implements Promise<Rows<T>> {
  readonly [Symbol.toStringTag] = 'Query'
  isRaw = false
  /** Created by unsafe() without values. */
  isPlain = false
  send: Send
  #sent?: Promise<Rows<T>>
  constructor(send: Send, write: (to: Statement) => void) {
    super(write)
    this.send = send
  }

  /** Returns rows as the bytes of their columns, which must be text. */
  raw(): Query<Buffer[][]> {
    this.isRaw = true
    return this as unknown as Query<Buffer[][]>
  }

  /** Sends the query now instead of when it is awaited. */
  execute(): Promise<Rows<T>> {
    this.#sent ??= this.send(this)
    return this.#sent
  }

  // biome-ignore lint/suspicious/noThenProperty: to await a query is to send it
  then<A = Rows<T>, B = never>(
    done?: ((rows: Rows<T>) => A | PromiseLike<A>) | null,
    failed?: ((error: Failure) => B | PromiseLike<B>) | null,
  ) {
    return this.execute().then(done, failed)
  }
  catch<B = never>(failed?: ((error: Failure) => B | PromiseLike<B>) | null) {
    return this.execute().catch(failed)
  }
  finally(end?: (() => void) | null) {
    return this.execute().finally(end)
  }
}

export function tag(send: Send): ISql {
  const make = (first: TemplateStringsArray | string | object, ...rest: readonly unknown[]): Part => {
    if (typeof first === 'string') return new Part((to) => to.add(quoted([first])))
    if ('raw' in first) return new Query(send, (to) => to.fill(first as TemplateStringsArray, rest))
    const rows = (Array.isArray(first) ? first : [first]) as Row[]
    if (typeof rows[0] === 'string') return new Part((to) => to.add(quoted(rows as unknown as string[])))
    const columns = rest.length > 0 ? (rest as string[]) : Object.keys(rows[0] ?? {})
    return new Part((to) => (/\bSET\s*$/i.test(to.text) ? settings(to, columns, rows[0] ?? {}) : insertion(to, columns, rows)))
  }
  return Object.assign(make, {
    unsafe: (text: string, values: readonly unknown[] = []) =>
      Object.assign(new Query(send, (to) => to.add(text, values)), { isPlain: values.length === 0 }),
    json: (value: unknown) => new Part((to) => to.add(`$${to.values.push(JSON.stringify(value))}::jsonb`)),
  }) as unknown as ISql
}

const quoted = (names: readonly string[]) => names.map((name) => name.split('.').map(pg.escapeIdentifier).join('.')).join()

const settings = (to: Statement, columns: readonly string[], row: Row) =>
  to.fill(
    columns.map((name, n) => `${n > 0 ? ',' : ''}${quoted([name])}=`),
    columns.map((name) => row[name]),
  )

function insertion(to: Statement, columns: readonly string[], rows: readonly Row[]) {
  to.add(`(${quoted(columns)}) VALUES `)
  rows.forEach((row, n) => {
    const values = columns.map((name) => row[name])
    to.fill([n > 0 ? ',(' : '(', ...values.slice(1).fill(','), ')'], values)
  })
}
