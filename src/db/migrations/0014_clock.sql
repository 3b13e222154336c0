-- The clock of src/lib/clock.ts inside the database: the machine's, moved and sped up where the connection says so. What happened when and
-- what ends when is asked of this one, so that a demo's calendar runs as one.
CREATE FUNCTION reeve_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN coalesce(current_setting('reeve.clock', true), '') = '' THEN now()
    ELSE to_timestamp((split_part(current_setting('reeve.clock', true), ',', 1)::float8
      + (extract(epoch FROM now())::float8 * 1000 - split_part(current_setting('reeve.clock', true), ',', 2)::float8)
        * split_part(current_setting('reeve.clock', true), ',', 3)::float8) / 1000) END;

DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_default = 'now()' AND table_name <> 'migrations'
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT reeve_now()', c.table_name, c.column_name);
  END LOOP;
END $$;
