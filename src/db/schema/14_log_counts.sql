-- How many entries each log has, counted as they are written: a log grows for ever, and its count is exact.

CREATE TABLE log_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log text NOT NULL,
  of_reseller bigint NOT NULL,
  of_client bigint NOT NULL,
  of_user bigint NOT NULL,
  entries bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE log_counts IS 'A part of the count of a log for one audience: the sum over its rows is the count. Audiences are nested, and 0 stands for everybody: (0, 0, 0) is the platform, (reseller, 0, 0), (reseller, client, 0), (reseller, client, user).';
CREATE INDEX log_counts_audience ON log_counts (of_reseller, of_client, of_user, log);

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

-- Adds to the counts of some audiences. A writer takes a row that no other transaction holds, and inserts one if all are held: so nobody waits
-- for another's commit, and an audience has as many rows as it had concurrent writers.
CREATE FUNCTION add_entries(of_log text, to_audiences log_audience[], by int) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  WITH due AS MATERIALIZED (SELECT of_reseller, of_client, of_user, count(*) * by AS entries FROM unnest(to_audiences) GROUP BY 1, 2, 3),
  found AS MATERIALIZED (
    SELECT due.*, free.id FROM due LEFT JOIN LATERAL (
      SELECT c.id FROM log_counts c
      WHERE c.log = of_log AND c.of_reseller = due.of_reseller AND c.of_client = due.of_client AND c.of_user = due.of_user
      LIMIT 1 FOR UPDATE SKIP LOCKED) free ON true),
  counted AS (UPDATE log_counts c SET entries = c.entries + found.entries FROM found WHERE c.id = found.id)
  INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries)
  SELECT of_log, of_reseller, of_client, of_user, entries FROM found WHERE id IS NULL;
END $$;

-- A function in FROM becomes a part of the plan, which is kept; elsewhere it would be planned at each call.
CREATE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM add_entries(TG_TABLE_NAME, ARRAY(SELECT ROW(a.*)::log_audience FROM gone e, audiences(to_jsonb(e)) a), -1); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM add_entries(TG_TABLE_NAME, ARRAY(SELECT ROW(a.*)::log_audience FROM fresh e, audiences(to_jsonb(e)) a), 1); END IF;
  RETURN NULL;
END $$;

-- Counts all logs afresh, after a load that wrote with the triggers off.
CREATE FUNCTION count_logs_anew() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE activity, logins, account_status_changes IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM log_counts;
  INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries) SELECT * FROM log_counts_source
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
