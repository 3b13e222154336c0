/** Notes the statements that the application sends for callers, and how many rows each answers: what a request costs, whoever asks. */
import type { Scope, ScopedSql } from '../src/db/scope.ts'
import { Query, Statement } from '../src/db/sql.ts'

export interface Statements {
  /** The scope to give to the application. */
  watched(scope: Scope): Scope
  /** What was sent since this was asked last; each tells itself when it is answered. */
  taken(): Promise<string>[]
}

export function noteStatements(): Statements {
  let noted: Promise<string>[] = []

  const noting = (made: unknown) => {
    if (!(made instanceof Query)) return made
    const { send } = made
    made.send = (query) => {
      const sent = send(query)
      const statement = new Statement()
      query.write(statement)
      const text = statement.text
        .replace(/\$\d+(::\w+)?/g, '?')
        .replace(/\s+/g, ' ')
        .trim()
      const end = ({ count, code }: { count?: number; code?: string }) => `${text} → ${count ?? code}`
      noted.push(sent.then(end, end))
      return sent
    }
    return made
  }
  const watch = (db: ScopedSql) =>
    new Proxy(db, {
      apply: (target, self, args) => noting(Reflect.apply(target as never, self, args)),
      get: (target, key) => (key === 'unsafe' ? (...args: [string]) => noting(target.unsafe(...args)) : Reflect.get(target, key)),
    })

  return {
    watched: (scope) => ({
      read: (caller, fn, plans) => scope.read(caller, (db) => fn(watch(db)), plans),
      write: (caller, fn) => scope.write(caller, (db) => fn(watch(db))),
      readModel: (fn) => scope.readModel((db) => fn(watch(db))),
      stream: (caller, fn) => scope.stream(caller, (db) => fn(watch(db))),
    }),
    taken() {
      const taken = noted
      noted = []
      return taken
    },
  }
}
