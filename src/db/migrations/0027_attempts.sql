-- Attempts are counted before they are looked at, so that of many at once no more are let in than of many in a row, in however many processes.

-- How many seconds are left to wait before another attempt: none below `free` failures, then one, doubled with each more.
CREATE FUNCTION attempt_wait(failed int, last_at timestamptz, free int, longest int) RETURNS float8 LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN failed < free THEN 0
    ELSE least(longest, 2 ^ least(failed - free, 30)) - extract(epoch FROM reeve_now() - last_at)::float8 END;

-- Takes an attempt of each key, counted as a failure: give it back where it was none. Where one has to wait, none is taken, and `refused` says
-- which (from 1) and for how long. Takes away some rows that are over, so the table stays as small as what happened of late.
CREATE FUNCTION reserve_attempts(keys bytea[], free int[], longest int[], hours int[], OUT refused int, OUT wait float8, OUT counts int[])
LANGUAGE plpgsql AS $$
DECLARE counted int;
BEGIN
  FOR n IN 1 .. array_length(keys, 1) LOOP
    INSERT INTO failures AS f (key, count, last_at, ends_at) VALUES (keys[n], 1, reeve_now(), reeve_now() + hours[n] * interval '1 hour')
    ON CONFLICT (key) DO UPDATE SET count = CASE WHEN f.ends_at <= reeve_now() THEN 1 ELSE f.count + 1 END,
      last_at = excluded.last_at, ends_at = excluded.ends_at
      WHERE f.ends_at <= reeve_now() OR attempt_wait(f.count, f.last_at, free[n], longest[n]) <= 0
    RETURNING f.count INTO counted;
    IF counted IS NULL THEN
      refused := n;
      wait := (SELECT attempt_wait(f.count, f.last_at, free[n], longest[n]) FROM failures f WHERE key = keys[n]);
      PERFORM return_attempts(keys[:n - 1]);
      RETURN;
    END IF;
    counts := counts || counted;
  END LOOP;
  DELETE FROM failures f WHERE key IN (
    SELECT o.key FROM failures o WHERE o.ends_at <= reeve_now() ORDER BY o.ends_at LIMIT 10 FOR UPDATE SKIP LOCKED);
END $$;

-- One by one, in the order in which they were taken: two at once lock alike.
CREATE FUNCTION return_attempts(keys bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE one bytea;
BEGIN
  FOREACH one IN ARRAY keys LOOP
    DELETE FROM failures WHERE key = one AND count <= 1;
    UPDATE failures SET count = count - 1 WHERE key = one;
  END LOOP;
END $$;

DROP FUNCTION add_failure(bytea, interval);

-- Where somebody signed in of late: a digest of email and address. From there others' failures do not keep the email from being looked at.
CREATE TABLE known_places (
  key bytea PRIMARY KEY, -- SHA-256
  ends_at timestamptz NOT NULL
);
CREATE INDEX known_places_end ON known_places (ends_at);
ALTER TABLE known_places ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON known_places USING (is_system());

-- Written once a day, for most sign-ins are from where the last one was.
CREATE FUNCTION know_place(of_key bytea, days int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO known_places AS k (key, ends_at) VALUES (of_key, reeve_now() + days * interval '1 day')
  ON CONFLICT (key) DO UPDATE SET ends_at = excluded.ends_at WHERE k.ends_at < excluded.ends_at - interval '1 day';
  DELETE FROM known_places WHERE key IN (
    SELECT key FROM known_places WHERE ends_at <= reeve_now() ORDER BY ends_at LIMIT 10 FOR UPDATE SKIP LOCKED);
END $$;
