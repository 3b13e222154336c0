/** The schema: migrations, the extension, and a load that was not finished. */
import { knownMigrations } from '../../db/migrate.ts'
import type { ISql } from '../../db/sql.ts'
import { count, error, type Finding, ok, warning } from './finding.ts'

/** `exists` tells whether there is the schema that the other checks look at. */
export async function schemaFindings(db: ISql): Promise<{ exists: boolean; findings: Finding[] }> {
  const known = await knownMigrations()
  const [there] =
    await db`SELECT to_regclass('migrations') IS NOT NULL AS migrations, to_regclass('unfinished_load') IS NOT NULL AS unfinished,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams`
  if (!there?.migrations) {
    const empty = warning(
      'The database is empty.',
      'Start the server. If there should be something, DATABASE_URL or REEVE_DATA names another one.',
    )
    return { exists: false, findings: there?.trigrams ? [empty] : [empty, noTrigrams] }
  }
  const findings: Finding[] = []
  const applied = await db<{ id: number; name: string; checksum: string; expands: boolean }[]>`
    SELECT id, name, checksum, expands FROM migrations ORDER BY id`
  const missing = known.filter(({ id }) => !applied.some((one) => one.id === id))
  if (missing.length > 0)
    findings.push(
      error(
        `${count(missing.length, 'migration')} of this version ${missing.length === 1 ? 'is' : 'are'} missing: ${missing.map(({ name }) => name).join(', ')}.`,
        'Run reeve migrate, or start the server of this version.',
      ),
    )
  for (const { id, name, checksum, expands } of applied) {
    const ours = known.find((one) => one.id === id)
    if (!ours && !expands)
      findings.push(error(`Migration ${name} is of a newer version, and this one does not run on it.`, 'Run the newer version.'))
    else if (!ours) findings.push(ok(`Migration ${name} is of a newer version, and this one runs on it.`))
    else if (ours.checksum !== checksum)
      findings.push(error(`Migration ${name} has changed since it was applied.`, 'Restore the file of the release.'))
  }
  if (there.unfinished)
    findings.push(error('The database holds an unfinished demo world.', 'Run reeve seed again, or empty the database with reeve reset.'))
  const [has] = await db`SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS trigrams`
  if (!has?.trigrams) findings.push(noTrigrams)
  if (findings.length === 0) findings.push(ok(`All ${known.length} migrations are applied.`))
  return { exists: missing.length === 0, findings }
}

const noTrigrams = error(
  'The extension pg_trgm is missing, without which lists cannot be searched.',
  'Install PostgreSQL’s contrib modules.',
)
