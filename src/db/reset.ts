/** Empties an outside database: drops what its login owns in its schema, and the job queues. */
import { StartupError } from '../lib/startup-error.ts'
import { locks } from './locks.ts'
import { QUEUES } from './open.ts'
import { openPool } from './pool.ts'
import { WATCH } from './primary.ts'
import type { ISql } from './sql.ts'

/** Milliseconds that a statement may take: dropping tables of millions of rows deletes their files. */
const LONGEST = 3_600_000

/**
 * @param named the database that the user named, so that a wrong DATABASE_URL alone cannot destroy one
 * @param confirm called once nothing else uses the database
 * @returns whether `confirm` agreed
 * @throws StartupError if another database is named, or others are connected to this one
 */
export async function emptyDatabase(url: string, named: string | undefined, confirm: (name: string) => Promise<boolean>): Promise<boolean> {
  const sql = openPool(url, { max: 1, name: 'reeve reset', deadline: LONGEST })
  try {
    return await sql.reserve(async (db) => {
      const [there] = await db<{ name: string }[]>`SELECT current_database() AS name`
      const name = there?.name ?? ''
      if (named === undefined)
        throw new StartupError(`DATABASE_URL names an outside database, ${name}. To empty it, name it: reeve reset --database ${name}`)
      if (named !== name) throw new StartupError(`DATABASE_URL names the database ${name}, not ${named}. Nothing was deleted.`)
      // A starting server waits for this lock, and then finds an empty database.
      await db`SELECT pg_advisory_lock(${locks.migrations})`
      await refuseUsed(db, name)
      if (!(await confirm(name))) return false
      await refuseUsed(db, name)
      await dropAll(db)
      return true
    })
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function refuseUsed(db: ISql, name: string): Promise<void> {
  const [others] = await db<{ count: number; names: string | null }[]>`
    SELECT count(*)::int AS count, string_agg(DISTINCT nullif(application_name, ''), ', ') AS names FROM pg_stat_activity
    WHERE datname = ${name} AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> ${WATCH}`
  if (others && others.count > 0)
    throw new StartupError(
      `The database ${name} is in use: it has ${others.count} other connection${others.count === 1 ? '' : 's'}` +
        `${others.names ? ` (${others.names})` : ''}. Stop every server that uses it, then reset.`,
    )
}

/** Drops everything or nothing. Objects of an extension stay with it, because the role may not be allowed to install it again. */
async function dropAll(db: ISql): Promise<void> {
  await db.unsafe(`DO $$
    DECLARE command text;
    BEGIN
      DROP SCHEMA IF EXISTS ${QUEUES} CASCADE;
      FOR command IN
        SELECT format('DROP %s IF EXISTS %s CASCADE', kind, name) FROM (
          SELECT 1 AS step, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind, oid::regclass::text AS name,
            'pg_class'::regclass AS class, oid, relnamespace AS namespace, relowner AS owner
          FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'S', 'c')
          UNION ALL
          SELECT 2, 'ROUTINE', oid::regprocedure::text, 'pg_proc'::regclass, oid, pronamespace, proowner FROM pg_proc
          UNION ALL
          SELECT 3, 'TYPE', oid::regtype::text, 'pg_type'::regclass, oid, typnamespace, typowner FROM pg_type WHERE typtype IN ('d', 'e')
          UNION ALL
          SELECT 4, 'COLLATION', oid::regcollation::text, 'pg_collation'::regclass, oid, collnamespace, collowner FROM pg_collation
        ) objects
        WHERE namespace = current_schema()::regnamespace AND owner = current_user::regrole
          AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = class AND objid = objects.oid AND deptype = 'e')
        ORDER BY step
      LOOP
        EXECUTE command;
      END LOOP;
    END $$`)
}
