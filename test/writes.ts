/** Notices every row that is written and stays written, so that a refused request can be held to have changed nothing. */
import type { TestWorld } from './harness.ts'

/** Logs and counts of failures, which a refusal may add to, and what is no record of anything. */
const except = ['activity', 'logins', 'log_counts', 'log_counts_folded', 'failures', 'known_places', 'migrations', 'written']

/** Answers the tables that got, lost or changed rows since it was asked last. When a token was used last is nobody's change. */
export async function watchWrites({ database: { system } }: TestWorld): Promise<() => Promise<string[]>> {
  await system.unsafe(`
    CREATE TABLE written (name text);
    CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP <> 'UPDATE' OR to_jsonb(OLD) - 'last_usage' IS DISTINCT FROM to_jsonb(NEW) - 'last_usage' THEN
        INSERT INTO written VALUES (TG_TABLE_NAME);
      END IF;
      RETURN NULL;
    END $$;
    DO $do$ DECLARE t text; BEGIN
      FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL ('{${except}}') LOOP
        EXECUTE format('CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION note_write()', t);
      END LOOP;
    END $do$`)
  return async () => {
    const rows = await system<{ name: string }[]>`DELETE FROM written RETURNING name`
    return [...new Set(rows.map(({ name }) => name))]
  }
}
