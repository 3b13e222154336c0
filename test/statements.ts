/** Notes the statements that the application sends for callers, and how many rows each answers: what a request costs, whoever asks. */
import type { Scope, ScopedSql } from '../src/db/scope.ts'

/** A query of the driver: `handler` sends it, and is called once. */
type Sent = Promise<{ count?: number }> & { strings: readonly string[]; handler: (query: Sent) => unknown }

export interface Statements {
  /** The scope to give to the application. */
  watched(scope: Scope): Scope
  /** What was sent since this was asked last; each tells itself when it is answered. */
  taken(): Promise<string>[]
}

export function noteStatements(): Statements {
  let noted: Promise<string>[] = []

  const note = (made: Sent) => {
    const { handler } = made
    made.handler = (query) => {
      const sent = handler(query)
      const text = made.strings.join('?').replace(/\s+/g, ' ').trim()
      const end = ({ count, code }: { count?: number; code?: string }) => `${text} → ${count ?? code}`
      noted.push(made.then(end, end))
      return sent
    }
    return made
  }
  const noting = (made: unknown) => (made instanceof Promise && 'handler' in made ? note(made as Sent) : made)
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
