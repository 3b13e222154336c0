/**
 * Compares the read model of a live database with its sources, and repairs it. Each comparison is a single statement and so sees one
 * snapshot, in which every change is in both or in neither. It takes no locks, and holds at most a batch in memory.
 */
import type { Progress } from '../lib/progress.ts'
import { locks } from './locks.ts'
import type { TransactionSql } from './pool.ts'
import type { SystemSql } from './scope.ts'
import type { Row } from './sql.ts'

export interface Finding {
  /** Such as `client_list: differs`. */
  kind: string
  count: number
  /** The first few: ids of rows, or names of bits. */
  first: string[]
}

type Note = (kind: string, ones: readonly (string | number)[], count?: number) => void

const lists = [
  { list: 'client_list', of: 'clients', refresh: 'refresh_clients', stored: 'l' },
  { list: 'client_user_search', of: 'clients', refresh: 'refresh_clients', stored: 'l' },
  // A stale document counts as equal to its replacement.
  {
    list: 'client_documents',
    of: 'clients',
    refresh: 'refresh_clients',
    stored: 'ROW(l.id, l.reseller_id, l.personal, l.withheld, coalesce(l.doc, s.doc))',
  },
  { list: 'user_list', of: 'users', refresh: 'refresh_users', stored: 'ROW(l.id, l.reseller_id, coalesce(l.doc, s.doc))' },
] as const

const noProgress: Progress = () => {}
const BATCH = 1000
/** Rows that one repair transaction locks. */
const REPAIRED = 100
/** Some 65,000 ids. */
const BLOCKS = 16
const SHOWN = 5
const [FIRST_ID, LAST_ID] = ['-9223372036854775808', '9223372036854775807']

/**
 * Returns the differences. With `rebuild` it also repairs them, the lists before the bits and counts derived from them.
 * @param progress receives how much of each part is done
 */
export async function checkReadModel(sql: SystemSql, { rebuild = false, progress = noProgress } = {}): Promise<Finding[]> {
  const findings = new Map<string, Finding>()
  const note: Note = (kind, ones, count = ones.length) => {
    const finding = findings.get(kind) ?? { kind, count: 0, first: [] }
    finding.count += count
    finding.first.push(...ones.slice(0, SHOWN - finding.first.length).map(String))
    if (count > 0) findings.set(kind, finding)
  }
  for (const one of lists) {
    await checkList(sql, one, rebuild, note, progress)
  }
  await checkBits(sql, rebuild, note, progress)
  progress('tenant_versions', 0, 1)
  await checkNumbers(sql, rebuild, note)
  progress('log_counts', 0, 1)
  await checkLogs(sql, rebuild, note)
  return [...findings.values()]
}

/** Compares rows in order of id, one batch of source rows at a time. */
async function checkList(
  sql: SystemSql,
  { list, of, refresh, stored }: (typeof lists)[number],
  rebuild: boolean,
  note: Note,
  progress: Progress,
) {
  const [all] = await sql<{ rows: number }[]>`SELECT count(*) AS rows FROM ${sql(of)}`
  let done = 0
  let after: string = FIRST_ID
  while (after !== LAST_ID) {
    const [batch] = await sql<{ rows: number; last: string | null }[]>`
      SELECT count(*) AS rows, max(id)::text AS last FROM (SELECT id FROM ${sql(of)} WHERE id > ${after} ORDER BY id LIMIT ${BATCH}) AS next`
    // The last batch: include list rows beyond the last source row.
    const last = batch?.last && batch.rows === BATCH ? batch.last : LAST_ID
    const within = sql`id > ${after} AND id <= ${last}`
    const [row] = await sql.begin(async (db) => {
      await db`SET LOCAL jit = off` // the views cost enough to be compiled, which takes longer than a batch
      return db<{ missing: number[]; different: number[]; extra: number[]; extras: number }[]>`
        WITH s AS MATERIALIZED (SELECT * FROM ${db(`${list}_source`)} WHERE ${within}), l AS MATERIALIZED (SELECT * FROM ${db(list)} WHERE ${within}),
        compared AS (SELECT coalesce(s.id, l.id) AS id, s.id IS NULL AS is_extra, l.id IS NULL AS is_missing
          FROM s FULL JOIN l ON l.id = s.id WHERE l.id IS NULL OR s IS DISTINCT FROM ${db.unsafe(stored)})
        SELECT ARRAY(SELECT id FROM compared WHERE is_missing ORDER BY id) AS missing,
          ARRAY(SELECT id FROM compared WHERE NOT is_missing AND NOT is_extra ORDER BY id) AS different,
          ARRAY(SELECT id FROM compared WHERE is_extra ORDER BY id LIMIT ${SHOWN}) AS extra,
          (SELECT count(*) FROM compared WHERE is_extra) AS extras`
    })
    const { missing = [], different = [], extra = [], extras = 0 } = row ?? {}
    note(`${list}: missing`, missing)
    note(`${list}: differs`, different)
    note(`${list}: of nothing`, extra, extras)
    if (rebuild) {
      if (extras > 0) await sql`DELETE FROM ${sql(list)} l WHERE ${within} AND NOT EXISTS (SELECT FROM ${sql(of)} o WHERE o.id = l.id)`
      const wrong = [...missing, ...different].sort((a, b) => a - b)
      for (let n = 0; n < wrong.length; n += REPAIRED) await sql`SELECT ${sql(refresh)}(${wrong.slice(n, n + REPAIRED)}::bigint[])`
    }
    after = last
    done += batch?.rows ?? 0
    progress(list, done, all?.rows ?? 0)
  }
}

/** Compares the bits of some blocks at a time with those that client_list gives now. A row of zeros equals a missing one. */
async function checkBits(sql: SystemSql, rebuild: boolean, note: Note, progress: Progress) {
  const [all] = await sql<{ blocks: number }[]>`SELECT coalesce(max(id) / 4096 + 1, 0) AS blocks FROM client_list`
  for (let from = 0; ; from += BLOCKS) {
    const [next] = await sql<{ block: number | null }[]>`
      SELECT least((SELECT min(id) / 4096 FROM client_list WHERE id >= ${from}::bigint * 4096),
        (SELECT min(block) FROM client_bits WHERE block >= ${from})) AS block`
    if (next?.block == null) return
    from = next.block
    progress('client_bits', from, all?.blocks ?? 0)
    const ids = sql`id >= ${from}::bigint * 4096 AND id < ${from + BLOCKS}::bigint * 4096`
    const differing = sql`
      WITH fresh AS (SELECT p.facet COLLATE "C" AS facet, p.value COLLATE "C" AS value, (c.x).id / 4096 AS block, bit_or(client_bit((c.x).id)) AS bits
        FROM (SELECT x FROM client_list AS x WHERE ${ids} OFFSET 0) AS c, client_facets(c.x) AS p GROUP BY 1, 2, 3),
      stored AS (SELECT * FROM client_bits WHERE block >= ${from} AND block < ${from + BLOCKS})
      SELECT facet, value, block, bits FROM (
        SELECT facet, value, block, coalesce(f.bits, zeros) # coalesce(s.bits, zeros) AS bits
        FROM fresh f FULL JOIN stored s USING (facet, value, block), CAST(repeat('0', 4096) AS bit(4096)) AS zeros) AS d
      WHERE bit_count(bits) > 0`
    const rows = await alone(sql, async (db) => {
      if (!rebuild) return db`SELECT facet, value, block FROM (${differing}) AS d`
      // Flips the differing bits instead of replacing them: concurrent changes flip bits as well, and the result is right in either order.
      const turned = await db`INSERT INTO client_bits AS b ${differing} ORDER BY facet, value, block
        ON CONFLICT (facet, value, block) DO UPDATE SET bits = b.bits # excluded.bits RETURNING facet, value, block`
      const left = turned.filter(({ facet }) => facet === 'reseller_id').map(({ value }) => value)
      if (turned.length > 0)
        await db`SELECT bump_tenant_version(${left}::bigint[] || ARRAY(SELECT DISTINCT reseller_id FROM client_list WHERE ${ids}))`
      return turned
    })
    note(
      'client_bits: differs',
      rows.map((row) => `${row.facet} ${row.value}, block ${row.block}`),
    )
  }
}

/** Compares the number of users of each reseller. */
async function checkNumbers(sql: SystemSql, rebuild: boolean, note: Note) {
  const differing = sql`
    SELECT reseller_id, coalesce(l.users, 0) - coalesce(t.users, 0) AS lacking
    FROM (SELECT reseller_id, count(*) AS users FROM user_list GROUP BY 1) l
    FULL JOIN (SELECT reseller_id, sum(users)::bigint AS users FROM tenant_versions GROUP BY 1) t USING (reseller_id)
    WHERE coalesce(l.users, 0) <> coalesce(t.users, 0)`
  const rows = await alone(sql, async (db) =>
    rebuild
      ? db`SELECT reseller_id, bump_tenant_version(ARRAY[reseller_id], lacking)::text FROM (${differing} ORDER BY 1) AS d`
      : db`${differing} ORDER BY 1`,
  )
  note(
    'tenant_versions: users miscounted',
    rows.map((row) => `reseller ${row.reseller_id}`),
  )
}

/** Compares the number of entries of each log by audience. Adds the difference, so that concurrent counts stay. */
async function checkLogs(sql: SystemSql, rebuild: boolean, note: Note) {
  const differing = sql`
    SELECT log, of_reseller, of_client, of_user, coalesce(d.entries, 0) - coalesce(c.entries, 0) AS lacking
    FROM log_counts_source d
    FULL JOIN (SELECT log, of_reseller, of_client, of_user, sum(entries)::bigint AS entries FROM log_counts GROUP BY 1, 2, 3, 4) c
      USING (log, of_reseller, of_client, of_user)
    WHERE coalesce(d.entries, 0) <> coalesce(c.entries, 0)`
  const rows = await alone(sql, async (db) =>
    rebuild
      ? db`INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries) ${differing} RETURNING *`
      : db`${differing} ORDER BY 1, 2, 3, 4`,
  )
  note(
    'log_counts: miscounted',
    rows.map((row) => `${row.log} of ${row.of_reseller}/${row.of_client}/${row.of_user}`),
  )
}

/**
 * Runs one repair at a time, because two that saw the same difference would both add it. The statement after the lock sees the changes of
 * the repair before.
 */
const alone = (sql: SystemSql, run: (db: TransactionSql) => Promise<Row[]>) =>
  sql.begin(async (db) => {
    await db`SET LOCAL jit = off`
    await db`SELECT pg_advisory_xact_lock(${locks.readModel})`
    return run(db)
  })
