/**
 * Replaces the secret of a database beside running servers. What it does is kept in the database, so that it can be killed at any moment and run
 * again: `next_secret` tells every process to encrypt with the new secret, and what the old one encrypted is found by decrypting it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cipher } from '../lib/encryption.ts'
import { StartupError } from '../lib/startup-error.ts'
import type { SystemSql } from './scope.ts'
import { findProofs, lockProofs, refuseWrong, seal, tokenOf } from './secret.ts'
import type { SecretSettings } from './secret-files.ts'
import { type SeenServer, serversOf } from './secret-servers.ts'

/** A column with what a secret encrypts. */
export interface EncryptedColumn {
  table: string
  column: string
  /** Its primary key, of one column. */
  key: { column: string; type: 'bigint' | 'bytea' | 'text' }
  /** The column that the context is made of. */
  from: string
  // biome-ignore lint/suspicious/noExplicitAny: each column has its own type
  context: (from: any) => string
}

export interface Rotation {
  /** The secret that is replaced, and the new one with its name (nameOfSecret). */
  old: Cipher
  next: Cipher
  nameOfNext: string
  settings: SecretSettings
  columns: readonly EncryptedColumn[]
  say: (line: string) => void
}

/** Values that were encrypted anew, and the columns with values that neither secret decrypts. */
export interface Rotated {
  changed: number
  unreadable: Map<string, number>
}

/** Milliseconds after which no request is left that began before: longer than it waits for a connection and the end of its transaction (db/pool.ts). */
const SETTLE = 40_000
/** The same for commands, where there are no servers. */
const SETTLE_ALONE = 10_000
/** Milliseconds for all servers to see that another secret encrypts. They look every second. */
const SEEN = 60_000
const BATCH = 500

/** @throws StartupError if a secret is wrong, or a server lacks the new one: nothing has been changed then */
export async function rotateSecret(sql: SystemSql, rotation: Rotation): Promise<Rotated> {
  const { say } = rotation
  const total: Rotated = { changed: 0, unreadable: new Map() }
  const pass = async () => {
    const { changed, found, unreadable } = await passOver(sql, rotation)
    total.changed += changed
    total.unreadable = unreadable
    return found
  }
  if (await isDone(sql, rotation)) {
    while ((await pass()) > 0);
    return total
  }
  const { token, alone } = await begin(sql, rotation)
  say('Every server encrypts with the new secret from now on.')
  await untilSeen(sql, token)
  const since = Date.now()
  await pass()
  say(`Encrypted anew: ${total.changed}. Waiting for requests that began before.`)
  await delay(Math.max(0, (alone ? SETTLE_ALONE : SETTLE) - (Date.now() - since)))
  while ((await pass()) > 0);
  await finish(sql, rotation)
  return total
}

/** Whether the new secret is that of the database already. */
async function isDone(sql: SystemSql, { next }: Rotation): Promise<boolean> {
  const proofs = await findProofs(sql)
  return proofs.next === undefined && proofs.check?.kept !== undefined && proofs.check.opensWith(next)
}

/** Tells all processes to encrypt with the new secret, if it has not been told yet. */
function begin(sql: SystemSql, { old, next, nameOfNext, settings }: Rotation): Promise<{ token: string; alone: boolean }> {
  return sql.begin(async (db) => {
    await lockProofs(db) // a server that starts now waits, and then finds that it needs the new secret
    const proofs = await findProofs(db)
    if (!proofs.check) throw new StartupError('The database holds nothing encrypted yet: start the server with the new secret.')
    if (!proofs.check.opensWith(old)) refuseWrong(settings)
    if (proofs.next && !proofs.next.opensWith(next))
      throw new StartupError('The secret of this database is being replaced by another one than this: give that one as the second secret.')
    const servers = await serversOf(db)
    const without = servers.filter(({ knows }) => !knows.includes(nameOfNext))
    if (without.length > 0)
      throw new StartupError(
        `${without.length === 1 ? 'A server process lacks' : `${without.length} server processes lack`} the second secret: ${without.map(({ from }) => from).join(', ')}. ` +
          'Start all servers again with it first (docs/operations.md#keys).',
      )
    const kept = proofs.next?.kept ?? seal(next)
    if (!proofs.next) await db`INSERT INTO next_secret (encrypted) VALUES (${kept})`
    return { token: tokenOf(kept), alone: servers.length === 0 }
  })
}

async function untilSeen(sql: SystemSql, token: string): Promise<void> {
  const until = Date.now() + SEEN
  let late: SeenServer[]
  do {
    late = (await serversOf(sql)).filter(({ sees }) => !sees.includes(token))
    if (late.length === 0) return
    await delay(250)
  } while (Date.now() < until)
  throw new StartupError(
    `A server process has not begun to encrypt with the new secret: ${late.map(({ from }) => from).join(', ')}. Start it again, and run this command again: ` +
      'it goes on where it was.',
  )
}

/** Makes the new secret that of the database. */
function finish(sql: SystemSql, { next }: Rotation): Promise<void> {
  return sql.begin(async (db) => {
    await lockProofs(db)
    const proofs = await findProofs(db)
    if (!proofs.next) return
    if (!proofs.next.opensWith(next)) throw new StartupError('Another rotation has begun meanwhile.')
    const { kept } = proofs.next
    await db`INSERT INTO secret_check (encrypted) VALUES (${kept}) ON CONFLICT (one) DO UPDATE SET encrypted = excluded.encrypted`
    await db`DELETE FROM next_secret`
  })
}

/** Encrypts anew what is there, and returns how much it found under the old secret. Rows that others have locked are left for the next pass. */
async function passOver(sql: SystemSql, { old, next, columns }: Rotation) {
  const unreadable = new Map<string, number>()
  let [found, changed] = [0, 0]
  for (const one of columns) {
    const [table, column, key, from] = [sql(one.table), sql(one.column), sql(one.key.column), sql(one.from)]
    const ofKeys = sql.unsafe(`${one.key.type}[]`)
    let last: unknown
    for (;;) {
      const rows = await sql<{ key: unknown; from: unknown; value: Buffer }[]>`
        SELECT ${key} AS key, ${from} AS from, ${column} AS value FROM ${table}
        WHERE ${column} IS NOT NULL ${last === undefined ? sql`` : sql`AND ${key} > ${last as never}`} ORDER BY ${key} LIMIT ${BATCH}`
      if (rows.length === 0) break
      last = rows.at(-1)?.key
      const stale = []
      for (const row of rows) {
        const context = one.context(row.from)
        if (opened(next, row.value, context)) continue
        const plain = opened(old, row.value, context)
        if (plain) stale.push({ ...row, anew: next.encrypt(plain, context) })
        else unreadable.set(`${one.table}.${one.column}`, (unreadable.get(`${one.table}.${one.column}`) ?? 0) + 1)
      }
      if (stale.length === 0) continue
      found += stale.length
      // Waits for no lock, so that no request can be in a deadlock with it; and changes only what is still as it was read.
      const done = await sql`
        WITH stale AS (SELECT * FROM unnest(${stale.map((row) => row.key) as never}::${ofKeys}, ${stale.map((row) => row.value)}::bytea[],
          ${stale.map((row) => row.anew)}::bytea[]) AS t (k, value, anew)),
        mine AS MATERIALIZED (SELECT ${key} AS k FROM ${table} WHERE ${key} IN (SELECT k FROM stale) FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE ${table} AS t SET ${column} = s.anew FROM stale s JOIN mine USING (k) WHERE t.${key} = s.k AND t.${column} = s.value`
      changed += done.count
    }
  }
  if (found > changed) await delay(100)
  return { found, changed, unreadable }
}

function opened(cipher: Cipher, value: Buffer, context: string): Buffer | undefined {
  try {
    return cipher.decrypt(value, context)
  } catch {
    return undefined
  }
}
