/** The only maker of database handles: a scoped one sees a caller's tenant and nothing else, the system one sees all. */

import type { Caller } from '../lib/caller.ts'
import type { Sql, TransactionSql } from './pool.ts'
import type { Query, Row } from './sql.ts'

declare const scoped: unique symbol
declare const system: unique symbol
/** A transaction that row-level security holds to one caller's tenant. Queries of resources take this. */
export type ScopedSql = TransactionSql & { readonly [scoped]: true }
/** A pool that sees every tenant: for db/, sign-in and jobs alone (test/architecture.test.ts holds the list). */
export type SystemSql = Sql & { readonly [system]: true }

export interface Scope {
  /**
   * Runs `fn` in one read-only snapshot. `custom` plans every statement for its values, as lists need it: what is best for one filter is
   * worst for another. Else PostgreSQL keeps the plan of a statement that it has seen some times.
   */
  read<T>(caller: Caller, fn: (db: ScopedSql) => Promise<T>, plans?: 'custom'): Promise<T>
  /** Runs `fn` in one transaction, committed when it resolves and undone when it throws. */
  write<T>(caller: Caller, fn: (db: ScopedSql) => Promise<T>): Promise<T>
  /**
   * Runs the one query that `fn` makes, its rows as bytes by column: for lists and nothing else. A statement is a snapshot in itself and needs no
   * transaction, so nothing tells row-level security whose it is: tables of record are empty to it, and the read model is outside.
   */
  readModel(fn: (db: ScopedSql) => Query<Row[]>): Promise<Buffer[][]>
  /** Yields what `fn` yields, in one read-only snapshot that lives until the last item is taken or the consumer leaves. */
  stream<T>(caller: Caller, fn: (db: ScopedSql) => AsyncIterable<T>): AsyncGenerator<T, void>
}

/** Pools for each kind of work, so that one that is slow takes no connections from the others. */
export interface Pools {
  /** Short statements of requests. */
  short: Sql
  /** Pages and counts of lists, planned for their values. */
  lists: Sql
  /** Slow readers of long lists keep these. */
  streams: Sql
}

export function createScope({ short, lists, streams }: Pools): Scope {
  const snapshot = 'isolation level repeatable read read only'
  const transaction = <T>(from: Sql, mode: string, caller: Caller, fn: (db: ScopedSql) => Promise<T>) =>
    from.begin(mode, async (db) => {
      // Sent ahead and not waited for: the statements of one connection run in order, and where this one fails all that follow do.
      enter(db, caller).execute()
      return fn(db as ScopedSql)
    })
  return {
    read: (caller, fn, plans) => transaction(plans === 'custom' ? lists : short, snapshot, caller, fn),
    write: (caller, fn) => transaction(short, 'read write', caller, fn),
    readModel: (fn) =>
      fn(lists as unknown as ScopedSql)
        .raw()
        .execute(),
    async *stream(caller, fn) {
      const [entered, left] = [Promise.withResolvers<ScopedSql>(), Promise.withResolvers<void>()]
      const stay = (db: ScopedSql) => {
        entered.resolve(db)
        return left.promise
      }
      const over = transaction(streams, snapshot, caller, stay).catch(entered.reject)
      const db = await entered.promise
      try {
        yield* fn(db)
      } finally {
        left.resolve()
        await over
      }
    },
  }
}

/** Marks a pool whose connections start with `reeve.scope = system`; see openDatabase. */
export const systemHandle = (pool: Sql) => pool as SystemSql

/** One transaction that sees every tenant, for what jobs share with requests: nobody asks, so only the holder of the system handle can. */
export const asSystem = <T>(sql: SystemSql, fn: (db: ScopedSql) => Promise<T>) => sql.begin((db) => fn(db as ScopedSql))

/** Tells the policies of schema/19_policies.sql whose transaction this is. */
function enter(db: TransactionSql, caller: Caller) {
  const scope = caller.kind === 'seller' ? 'reseller' : caller.kind
  return db`SELECT set_config('reeve.scope', ${scope}, true), set_config('reeve.reseller_id', ${String(caller.resellerId)}, true),
    set_config('reeve.user_id', ${String(caller.userId)}, true), set_config('reeve.client_ids', ${`{${caller.accountIds.join(',')}}`}, true)`
}
