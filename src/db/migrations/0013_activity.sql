-- The logs are read by whoever they concern: a request belongs to the tenant of who made it and to that of the account it was done to, which
-- differ where the platform acts. Nobody writes under another's name, and nobody but the server changes what was written.

ALTER TABLE activity ADD affected_reseller_id bigint;
UPDATE activity a SET affected_reseller_id = c.reseller_id FROM clients c WHERE c.id = a.affected_client_id;

-- A log is read from the newest entry on, by audience. Two ranges make the log of a reseller or an account, what its people did and what
-- others did to it; the second is small, and its index holds nothing of the first. (Of the actor CASE and not coalesce, which PostgreSQL
-- does not take for leakproof: under row-level security the index would never be used.)
CREATE INDEX activity_user ON activity (user_id, id);
CREATE INDEX activity_actor ON activity ((CASE WHEN actor_id IS NULL THEN user_id ELSE actor_id END), id);
CREATE INDEX activity_reseller_by_others ON activity (affected_reseller_id, id) WHERE affected_reseller_id <> reseller_id;
CREATE INDEX activity_client_by_others ON activity (affected_client_id, id) WHERE affected_client_id <> client_id;
CREATE INDEX activity_time ON activity USING brin (requested_at);

-- The settings are asked for once a statement, by sub-selects, and not once a row: a walk may pass over many.
DROP POLICY tenant ON activity;
CREATE POLICY reads ON activity FOR SELECT USING (
  (SELECT current_setting('reeve.scope', true)) IN ('system', 'platform')
  OR ((SELECT current_setting('reeve.scope', true)) = 'reseller'
    AND (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint) IN (reseller_id, affected_reseller_id))
  OR ((SELECT current_setting('reeve.scope', true)) = 'client' AND (
    (reseller_id = (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint)
      AND client_id = ANY ((SELECT nullif(current_setting('reeve.client_ids', true), '')::bigint[])::bigint[]))
    OR (affected_reseller_id = (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint)
      AND affected_client_id = ANY ((SELECT nullif(current_setting('reeve.client_ids', true), '')::bigint[])::bigint[])))));
CREATE POLICY writes ON activity FOR INSERT WITH CHECK (is_system() OR (
  user_id = nullif(current_setting('reeve.user_id', true), '')::bigint
  AND reseller_id = nullif(current_setting('reeve.reseller_id', true), '')::bigint
  AND (affected_reseller_id IS NULL OR in_reseller(affected_reseller_id))));
-- An account that the platform moves takes its log along.
CREATE POLICY moves ON activity FOR UPDATE USING (current_setting('reeve.scope', true) IN ('system', 'platform'));
CREATE POLICY deletes ON activity FOR DELETE USING (is_system());

-- How many entries each audience of a log has, for a log grows for ever and its count is exact. Audiences are nested: 0 stands for everybody,
-- so (0, 0, 0) is the platform's, (reseller, 0, 0), (reseller, client, 0) and (reseller, client, user).
-- The sum over an audience's rows is its count. A writer takes a row that no other holds, and makes one where all are taken: so none ever
-- waits for another's commit, whatever else the two have locked, and an audience has as many rows as it had writers at once.
CREATE TABLE log_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log text NOT NULL,
  of_reseller bigint NOT NULL,
  of_client bigint NOT NULL,
  of_user bigint NOT NULL,
  entries bigint NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX log_counts_audience ON log_counts (of_reseller, of_client, of_user, log);

CREATE TYPE log_audience AS (of_reseller bigint, of_client bigint, of_user bigint);
-- Who may see an entry, each once.
CREATE FUNCTION audiences_of(reseller bigint, client bigint, person bigint, affected_reseller bigint, affected_client bigint)
RETURNS SETOF log_audience LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT a, b, c FROM (VALUES (0::bigint, 0::bigint, 0::bigint), (reseller, 0, 0), (reseller, client, 0), (reseller, client, person),
    (affected_reseller, 0, 0), (affected_reseller, affected_client, 0)) AS one (a, b, c)
  WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL
$$;
-- Of an entry of any log: what a log has no column for is null.
CREATE FUNCTION audiences(entry jsonb) RETURNS SETOF log_audience LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT audiences_of((entry ->> 'reseller_id')::bigint, (entry ->> 'client_id')::bigint, (entry ->> 'user_id')::bigint,
    (entry ->> 'affected_reseller_id')::bigint, (entry ->> 'affected_client_id')::bigint)
$$;

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

-- (A function in FROM becomes a part of the plan, which is kept; elsewhere it would be planned at each call.)
CREATE FUNCTION count_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM add_entries(TG_TABLE_NAME, ARRAY(SELECT ROW(a.*)::log_audience FROM gone e, audiences(to_jsonb(e)) a), -1); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM add_entries(TG_TABLE_NAME, ARRAY(SELECT ROW(a.*)::log_audience FROM fresh e, audiences(to_jsonb(e)) a), 1); END IF;
  RETURN NULL;
END $$;

-- What the counts must be, from the entries as they stand.
CREATE VIEW log_counts_source WITH (security_invoker = true) AS
SELECT log, (a).of_reseller, (a).of_client, (a).of_user, count(*) AS entries FROM (
  SELECT 'activity' AS log, audiences_of(reseller_id, client_id, user_id, affected_reseller_id, affected_client_id) AS a FROM activity UNION ALL
  SELECT 'logins', audiences_of(reseller_id, client_id, user_id, NULL, NULL) FROM logins UNION ALL
  SELECT 'account_status_changes', audiences_of(reseller_id, client_id, NULL, NULL, NULL) FROM account_status_changes) AS entries
GROUP BY 1, 2, 3, 4;

-- After a load, which writes with the triggers off.
CREATE FUNCTION count_logs_anew() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE activity, logins, account_status_changes IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM log_counts;
  INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries) SELECT * FROM log_counts_source
$$;
SELECT count_logs_anew();

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
