-- How many entries each log has, counted as they are written: a log grows for ever, and its count is exact.

CREATE TABLE log_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log text NOT NULL,
  of_reseller bigint NOT NULL,
  of_client bigint NOT NULL,
  of_user bigint NOT NULL,
  entries bigint NOT NULL
) WITH (
  -- Rows come and go with every change: vacuum by their number and not by a share of the table.
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);
COMMENT ON TABLE log_counts IS 'A part of the count of a log for one audience: the sum over its rows is the count. Audiences are nested, and 0 stands for everybody: (0, 0, 0) is the platform, (reseller, 0, 0), (reseller, client, 0), (reseller, client, user).';
CREATE INDEX log_counts_audience ON log_counts (of_reseller, of_client, of_user, log);

CREATE TABLE log_counts_folded (
  up_to bigint NOT NULL -- the id of a row
);
COMMENT ON TABLE log_counts_folded IS 'One row: up to where fold_entry_counts has added up log_counts. Who has it locked adds up, and nobody else.';
INSERT INTO log_counts_folded VALUES (0);

CREATE TYPE log_audience AS (of_reseller bigint, of_client bigint, of_user bigint);

-- The audiences of an entry, each once.
CREATE FUNCTION audiences_of(reseller bigint, client bigint, person bigint, affected_reseller bigint, affected_client bigint)
RETURNS SETOF log_audience LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT a, b, c FROM (VALUES (0::bigint, 0::bigint, 0::bigint), (reseller, 0, 0), (reseller, client, 0), (reseller, client, person),
    (affected_reseller, 0, 0), (affected_reseller, affected_client, 0)) AS one (a, b, c)
  WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL
$$;

-- The same for an entry of any log. What a log has no column for is null.
CREATE FUNCTION audiences(entry jsonb) RETURNS SETOF log_audience LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT audiences_of((entry ->> 'reseller_id')::bigint, (entry ->> 'client_id')::bigint, (entry ->> 'user_id')::bigint,
    (entry ->> 'affected_reseller_id')::bigint, (entry ->> 'affected_client_id')::bigint)
$$;

CREATE VIEW log_counts_source WITH (security_invoker = true) AS
SELECT log, (a).of_reseller, (a).of_client, (a).of_user, count(*) AS entries FROM (
  SELECT 'activity' AS log, audiences_of(reseller_id, client_id, user_id, affected_reseller_id, affected_client_id) AS a FROM activity UNION ALL
  SELECT 'logins', audiences_of(reseller_id, client_id, user_id, NULL, NULL) FROM logins UNION ALL
  SELECT 'account_status_changes', audiences_of(reseller_id, client_id, NULL, NULL, NULL) FROM account_status_changes) AS entries
GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW log_counts_source IS 'What log_counts must add up to, counted from the logs themselves.';

-- The trigger of all logs. A writer appends a row for each audience of its entry, so nobody waits for another's commit; fold_entry_counts adds the
-- rows up. (Looking for a row that no other transaction holds took seven times as long.)
CREATE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
    SELECT TG_TABLE_NAME, a.of_reseller, a.of_client, a.of_user, -count(*) FROM gone e, audiences(to_jsonb(e)) a GROUP BY 2, 3, 4;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
    SELECT TG_TABLE_NAME, a.of_reseller, a.of_client, a.of_user, count(*) FROM fresh e, audiences(to_jsonb(e)) a GROUP BY 2, 3, 4;
  ELSIF TG_OP = 'INSERT' THEN
    -- Each log by its columns: converting the entry to jsonb costs more than everything else.
    CASE TG_TABLE_NAME
      WHEN 'activity' THEN INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
        SELECT 'activity', a.of_reseller, a.of_client, a.of_user, 1 FROM fresh e,
          audiences_of(e.reseller_id, e.client_id, e.user_id, e.affected_reseller_id, e.affected_client_id) a;
      WHEN 'logins' THEN INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
        SELECT 'logins', a.of_reseller, a.of_client, a.of_user, 1 FROM fresh e, audiences_of(e.reseller_id, e.client_id, e.user_id, NULL, NULL) a;
      ELSE INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
        SELECT TG_TABLE_NAME, a.of_reseller, a.of_client, a.of_user, 1 FROM fresh e, audiences_of(e.reseller_id, e.client_id, NULL, NULL, NULL) a;
    END CASE;
  END IF;
  RETURN NULL;
END $$;

-- Replaces the rows of each audience that grew since the last run by one. A row that commits after one with a higher id may be missed: it still
-- counts, and is added up with the next row of its audience. Caller: src/jobs/upkeep.ts.
CREATE FUNCTION fold_entry_counts() RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  mark bigint;
  newest bigint;
BEGIN
  SELECT up_to INTO mark FROM log_counts_folded FOR UPDATE SKIP LOCKED;
  SELECT max(id) INTO newest FROM log_counts;
  IF newest > mark THEN
    WITH fresh AS MATERIALIZED (SELECT DISTINCT log, of_reseller, of_client, of_user FROM log_counts WHERE id > mark),
    several AS MATERIALIZED (SELECT * FROM fresh f WHERE 1 < (SELECT count(*) FROM (SELECT FROM log_counts c
      WHERE c.log = f.log AND c.of_reseller = f.of_reseller AND c.of_client = f.of_client AND c.of_user = f.of_user LIMIT 2) AS two)),
    gone AS (DELETE FROM log_counts c USING several s
      WHERE c.log = s.log AND c.of_reseller = s.of_reseller AND c.of_client = s.of_client AND c.of_user = s.of_user RETURNING c.*),
    added AS (INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
      SELECT log, of_reseller, of_client, of_user, sum(entries) FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(entries) <> 0 RETURNING id)
    SELECT greatest(newest, max(id)) INTO newest FROM added;
    UPDATE log_counts_folded SET up_to = newest;
  END IF;
END $$;

-- Rebuilds the counts of all logs, after a load that wrote with the triggers off. Caller: loadWorld().
CREATE FUNCTION rebuild_log_counts() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE activity, logins, account_status_changes IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM log_counts;
  INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries) SELECT * FROM log_counts_source;
  UPDATE log_counts_folded SET up_to = (SELECT coalesce(max(id), 0) FROM log_counts);
$$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['activity', 'logins', 'account_status_changes']
  LOOP
    EXECUTE format('CREATE TRIGGER count_inserted AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_entries()', t);
    EXECUTE format('CREATE TRIGGER count_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_entries()', t);
    EXECUTE format('CREATE TRIGGER count_deleted AFTER DELETE ON %I REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_entries()', t);
  END LOOP;
END $$;
