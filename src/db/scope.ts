/** The only source of database handles: a scoped handle sees the caller's tenant and nothing else, the system handle sees all. */

import type { Caller } from '../lib/caller.ts'
import type { Sql, TransactionSql } from './pool.ts'
import type { Query, Row } from './sql.ts'
import type { Standbys } from './standbys.ts'

declare const scoped: unique symbol
declare const system: unique symbol
/** A transaction that row-level security restricts to the caller's tenant. Queries of resources take this handle. */
export type ScopedSql = TransactionSql & { readonly [scoped]: true }
/** A pool that sees every tenant: only for db/, sign-in and jobs (test/architecture.test.ts has the list). */
export type SystemSql = Sql & { readonly [system]: true }

export interface Scope {
  /**
   * Runs `fn` in one read-only snapshot. `custom` plans every statement for its values, which lists need: the best plan for one filter is
   * the worst for another. Otherwise PostgreSQL reuses the plan of a repeated statement.
   */
  read<T>(caller: Caller, fn: (db: ScopedSql) => Promise<T>, plans?: 'custom'): Promise<T>
  /** Runs `fn` in one transaction, committed when it resolves and rolled back when it throws. */
  write<T>(caller: Caller, fn: (db: ScopedSql) => Promise<T>): Promise<T>
  /**
   * Runs the single query that `fn` returns, with rows as bytes by column: for lists only. A single statement has its own snapshot and
   * needs no transaction. Without one row-level security has no scope: it hides the tables of record, and the read model is not subject to
   * it.
   */
  readModel(fn: (db: ScopedSql) => Query<Row[]>): Promise<Buffer[][]>
  /** Yields what `fn` yields, in one read-only snapshot that lasts until the last item or until the consumer returns. */
  stream<T>(caller: Caller, fn: (db: ScopedSql) => AsyncIterable<T>): AsyncGenerator<T, void>
}

/** One pool for each kind of work, so that slow work takes no connections from the rest. */
export interface Pools {
  /** Short statements of requests. */
  short: Sql
  /** Pages and counts of lists, with custom plans. */
  lists: Sql
  /** Streams of long lists, which slow readers hold for long. */
  streams: Sql
}

const snapshot = 'isolation level repeatable read read only'

/** With `standbys`, these serve what is read with custom plans. */
export function createScope({ short, lists, streams }: Pools, standbys?: Standbys): Scope {
  const transaction = <T>(from: Sql, mode: string, caller: Caller, fn: (db: ScopedSql) => Promise<T>) =>
    from.begin(mode, async (db) => {
      // Sent without waiting: the statements of one connection run in order, and if this one fails, all that follow fail.
      enter(db, caller).execute()
      return fn(db as ScopedSql)
    })
  return {
    read(caller, fn, plans) {
      if (plans !== 'custom') return transaction(short, snapshot, caller, fn)
      const here = () => transaction(lists, snapshot, caller, fn)
      return standbys ? standbys.read((db) => snapshotOn(db, caller, fn), here) : here()
    },
    write: (caller, fn) => transaction(short, 'read write', caller, fn),
    readModel(fn) {
      const statement = (db: unknown) =>
        fn(db as ScopedSql)
          .raw()
          .execute()
      return standbys ? standbys.read(statement, () => statement(lists)) : statement(lists)
    },
    stream(caller, fn) {
      const here = () => itemsOf((stay) => transaction(streams, snapshot, caller, stay), fn)
      return standbys ? standbys.stream((run) => itemsOf((stay) => run((db) => snapshotOn(db, caller, stay)), fn), here) : here()
    },
  }
}

/** Runs `fn` in one snapshot, on a connection that does nothing else. */
async function snapshotOn<T>(db: TransactionSql, caller: Caller, fn: (db: ScopedSql) => Promise<T>): Promise<T> {
  const begun = Promise.all([db.unsafe(`BEGIN ${snapshot}`).execute(), enter(db, caller).execute()])
  begun.catch(() => {}) // awaited below
  try {
    const result = await fn(db as ScopedSql)
    await begun
    return result
  } finally {
    await db.unsafe('COMMIT')
  }
}

/** Yields what `fn` yields in the transaction of `within`, which lasts until the last item or until the consumer returns. */
async function* itemsOf<T>(
  within: (stay: (db: ScopedSql) => Promise<void>) => Promise<void>,
  fn: (db: ScopedSql) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  const [entered, left] = [Promise.withResolvers<ScopedSql>(), Promise.withResolvers<void>()]
  const stay = (db: ScopedSql) => {
    entered.resolve(db)
    return left.promise
  }
  const over = within(stay).catch(entered.reject)
  try {
    yield* fn(await entered.promise)
  } finally {
    left.resolve()
    await over
  }
}

/** Brands a pool whose connections start with `reeve.scope = system`; see openDatabase. */
export const systemHandle = (pool: Sql) => pool as SystemSql

/** Runs a transaction that sees every tenant, for code that jobs share with requests. It has no caller, so it takes the system handle. */
export const asSystem = <T>(sql: SystemSql, fn: (db: ScopedSql) => Promise<T>) => sql.begin((db) => fn(db as ScopedSql))

/**
 * Runs statements that must see more than the caller whose transaction this is, such as a user's other accounts; whether the caller may is decided
 * before. They are sent together, in this order, between one that enters the scope `system` and one that leaves it: no other statement of the
 * transaction comes in between, and all take one round trip. test/architecture.test.ts holds the list of who may.
 */
export async function elevated<const T extends readonly Query<unknown>[]>(
  db: TransactionSql,
  ...queries: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const entered = db`SELECT set_config('reeve.scope_before', enter_scope('system'), true)`.execute()
  const sent = queries.map((query) => query.execute())
  const left = db`SELECT set_config('reeve.scope', current_setting('reeve.scope_before'), true)`.execute()
  // All at one level: the first to fail is what is thrown, and not that those after it could not run.
  const results = await Promise.all([entered, ...sent, left])
  return results.slice(1, -1) as { -readonly [K in keyof T]: Awaited<T[K]> }
}

/** Sets the caller's scope, which the policies of schema/19_policies.sql read. */
function enter(db: TransactionSql, caller: Caller) {
  const scope = caller.kind === 'seller' ? 'reseller' : caller.kind
  return db`SELECT set_config('reeve.scope', ${scope}, true), set_config('reeve.reseller_id', ${String(caller.resellerId)}, true),
    set_config('reeve.user_id', ${String(caller.userId)}, true), set_config('reeve.client_ids', ${`{${caller.accountIds.join(',')}}`}, true)`
}
