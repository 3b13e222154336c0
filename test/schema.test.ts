/** The database is what src/db/schema declares: migrations add up to it, and what is generated from it is up to date. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { knownMigrations, migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/open.ts'
import { StartupError } from '../src/lib/startup-error.ts'
import { outsideDatabase } from './outside.ts'
import { catalogueOf, differences } from './schema/catalogue.ts'
import { makeDeclared, schemaDocument } from './schema/document.ts'
import { schemaFiles } from './schema/files.ts'

async function freshDatabase() {
  const { background, close } = await connect(await outsideDatabase(), 2, 'test', async () => {})
  after(close)
  return background
}

const migrated = await freshDatabase()
await migrate(migrated, await knownMigrations())
const migratedCatalogue = await catalogueOf(migrated)

test('the migrations add up to the declared schema: every table, column, constraint, index, policy, function, view, grant and comment', async () => {
  const declared = await freshDatabase()
  await declared.begin(makeDeclared)
  const catalogue = await catalogueOf(declared)
  assert.ok(catalogue.size > 900, `${catalogue.size} objects`)
  assert.deepEqual(differences(migratedCatalogue, catalogue), [])
})

test('that comparison notices any difference', async () => {
  const changes = {
    'CREATE TABLE another ()': ['relation another', 'type another'],
    'DROP TABLE password_history': [/^(relation|column|constraint|index|policy|sequence|type) password_history/],
    'ALTER TABLE outbox ADD priority int': ['column outbox.priority'],
    'ALTER TABLE outbox ALTER user_id SET NOT NULL': ['column outbox.user_id'],
    'ALTER TABLE outbox ALTER attempts SET DEFAULT 1': ['column outbox.attempts'],
    'ALTER TABLE outbox ALTER attempts TYPE bigint': ['column outbox.attempts'],
    'ALTER TABLE user_list ALTER doc SET STORAGE MAIN': ['column user_list.doc'],
    'ALTER TABLE users SET (fillfactor = 80)': ['relation users'],
    'ALTER TABLE outbox ADD CHECK (attempts >= 0)': ['constraint outbox.outbox_attempts_check'],
    'ALTER TABLE api_tokens ALTER CONSTRAINT api_tokens_origin_token_fkey DEFERRABLE': [
      'constraint api_tokens.api_tokens_origin_token_fkey',
    ],
    'CREATE INDEX another ON outbox (created_at)': ['index another'],
    'DROP INDEX outbox_dead': ['index outbox_dead'],
    'ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY': ['relation outbox'],
    'ALTER POLICY tenant ON outbox USING (true)': ['policy outbox.tenant'],
    'DROP POLICY newcomer ON users': ['policy users.newcomer'],
    'ALTER TABLE users DISABLE TRIGGER set_is_admin': ['trigger users.set_is_admin'],
    'CREATE OR REPLACE FUNCTION is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN true': ['function is_system()'],
    'ALTER FUNCTION fold(text) PARALLEL UNSAFE': ['function fold(text)'],
    'CREATE OR REPLACE VIEW callers AS TABLE callers': ['relation callers'],
    'ALTER VIEW callers SET (security_invoker = false)': ['relation callers'],
    'ALTER DOMAIN label SET NOT NULL': ['type label'],
    'ALTER DOMAIN language ADD CHECK (length(VALUE) = 2)': ['constraint language.language_check1'],
    'ALTER TYPE token_times ADD ATTRIBUTE more int': ['column token_times.more'],
    'CREATE TYPE another AS ENUM ()': ['type another'],
    'CREATE SEQUENCE another': ['relation another', 'sequence another'],
    'ALTER SEQUENCE outbox_id_seq CACHE 5': ['sequence outbox_id_seq'],
    'GRANT SELECT ON outbox TO PUBLIC': ['relation outbox'],
    'GRANT SELECT (id) ON outbox TO PUBLIC': ['column outbox.id'],
    'REVOKE EXECUTE ON FUNCTION fold(text) FROM PUBLIC': ['function fold(text)'],
    "COMMENT ON TABLE outbox IS 'Another'": ['relation outbox'],
    "COMMENT ON COLUMN outbox.id IS 'Another'": ['column outbox.id'],
    'CREATE STATISTICS another ON client_id, user_id FROM outbox': ['statistics another'],
    'CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)': [/^other operator ===/],
  }
  for (const [change, expected] of Object.entries(changes)) {
    const found = await migrated.begin(async (db) => {
      await db.unsafe(change)
      const names = differences(migratedCatalogue, await catalogueOf(db)).map((one) => one.slice(0, one.indexOf('\n')))
      await db.unsafe('ROLLBACK; BEGIN')
      return names
    })
    assert.ok(found.length > 0, `${change} is not noticed`)
    for (const name of expected)
      assert.ok(
        found.some((one) => (typeof name === 'string' ? one === name : name.test(one))),
        `${change}: ${found}`,
      )
  }
})

test('every function has a caller: in src, or in the schema itself', () => {
  const own = schemaFiles().map(({ text }) => text.replaceAll(/--.*/g, ''))
  const files = globSync('src/**/*.ts', { cwd: new URL('..', import.meta.url) })
  const calling = [...own, ...files.map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))].join('\n')
  const names = [...migratedCatalogue.keys()].flatMap((key) => /^function (\w+)\(/.exec(key)?.slice(1) ?? [])
  assert.ok(names.length > 40)
  for (const name of names) {
    const calls = calling.replaceAll(`CREATE FUNCTION ${name}(`, '').match(new RegExp(`\\b${name}\\(|FUNCTION ${name}\\(`, 'g'))
    assert.ok(calls, `${name} has no caller: remove it`)
  }
})

test('the first migration is the one that databases were made with, and each later one says whether it expands or contracts', async () => {
  const [first, ...later] = await knownMigrations()
  assert.equal(
    first?.checksum,
    'cc80ed610770204bcc1f730aca10295930aada54a452bf84ddb9c77e6f291690',
    'put the change in a new migration: databases that have this one would be refused',
  )
  for (const { name, text } of later)
    assert.match(
      text,
      /^-- (expand|contract)\b/,
      `${name}: begin with "-- expand: …" if the version before runs on it, else "-- contract: …"`,
    )
})

test('docs/schema.md is up to date', async () => {
  const hint = 'run npm run schema'
  const document = await (await freshDatabase()).begin(schemaDocument)
  assert.equal(document, readFileSync(new URL('../docs/schema.md', import.meta.url), 'utf8'), hint)
  for (const [row] of document.matchAll(/^\| `.*$/gm))
    assert.match(row, /^\| `\w+`( \(view\))? \| [A-Z].*\. \|$/, 'a table needs COMMENT ON TABLE')
})

test('a database that other migrations made is refused, and stays as it is', async () => {
  const sql = await freshDatabase()
  await sql.unsafe(`CREATE TABLE resellers (id bigint);
    CREATE TABLE migrations (id int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO migrations (id, name, checksum) VALUES (1, '0001_domain.sql', 'a'), (2, '0002_isolation.sql', 'b'), (38, '0038_account_deletion.sql', 'c')`)
  const before = await catalogueOf(sql)
  await assert.rejects(
    migrate(sql, await knownMigrations()),
    (error: Error) =>
      error instanceof StartupError &&
      /holds migration 0001_domain\.sql where this version has 0001_baseline\.sql: .* empty database/s.test(error.message),
  )
  assert.deepEqual(differences(before, await catalogueOf(sql)), [])
  assert.equal((await sql`SELECT FROM migrations`).count, 3)
})
