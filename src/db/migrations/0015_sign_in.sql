-- What protects a sign-in beside the password: counts of failures, what is known of a session, and who is told of failures.

-- How often somebody failed of late, by what is counted: an address, or an account from an address. Never an account by itself: whoever fails
-- elsewhere would lock its owner out. Only digests are kept, for an email that was tried may be anything, and nobody's.
CREATE TABLE failures (
  key bytea PRIMARY KEY, -- SHA-256
  count int NOT NULL,
  last_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL -- forgotten from then on, unless there are more
);
CREATE INDEX failures_end ON failures (ends_at);
ALTER TABLE failures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON failures USING (is_system());

-- One email however its letters are written, and one place: what no other pair is taken for, as an email holds no blank before its address.
CREATE FUNCTION failure_key(kind text, place text, email text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
  RETURN sha256(convert_to(kind || ' ' || place || ' ' || fold(coalesce(email, '')), 'UTF8'));

-- Counts one more failure, and takes away some that are over: so the table stays as small as what happened of late. Who was counted last
-- week begins again.
CREATE FUNCTION add_failure(of_key bytea, remembered interval) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO failures AS f (key, count, last_at, ends_at) VALUES (of_key, 1, reeve_now(), reeve_now() + remembered)
  ON CONFLICT (key) DO UPDATE SET count = CASE WHEN f.ends_at <= reeve_now() THEN 1 ELSE f.count + 1 END,
    last_at = reeve_now(), ends_at = reeve_now() + remembered;
  DELETE FROM failures WHERE key IN (
    SELECT key FROM failures WHERE ends_at <= reeve_now() ORDER BY ends_at LIMIT 10 FOR UPDATE SKIP LOCKED);
END $$;

-- Sessions: where they began, when they were last used to get tokens, when they end by themselves.
ALTER TABLE sessions ADD ip_address inet;
ALTER TABLE sessions ADD user_agent text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD refreshed_at timestamptz;
ALTER TABLE sessions ADD expires_at timestamptz; -- with its last refresh token
ALTER TABLE sessions ADD ends_at timestamptz; -- no refresh goes beyond; null: as long as it is refreshed
ALTER TABLE sessions ADD read_only boolean NOT NULL DEFAULT false;
UPDATE sessions s SET expires_at = (SELECT max(expires_at) FROM refresh_tokens r WHERE r.session_id = s.id);
CREATE INDEX sessions_client ON sessions (client_id);

CREATE TYPE token_times AS (issued_at timestamptz, expires_at timestamptz);

-- A new refresh token and its times, by our clock; a session that ends by itself takes its tokens along. Nothing for no session.
DROP FUNCTION add_refresh_token(text, uuid, timestamptz);
CREATE FUNCTION add_refresh_token(jti text, of_session uuid, lives interval) RETURNS token_times LANGUAGE plpgsql STRICT AS $$
DECLARE
  before text := enter_scope('system');
  times token_times;
BEGIN
  times.issued_at := date_trunc('second', reeve_now());
  UPDATE sessions SET expires_at = least(times.issued_at + lives, ends_at),
    refreshed_at = CASE WHEN expires_at IS NULL THEN NULL ELSE reeve_now() END
    WHERE id = of_session RETURNING expires_at INTO times.expires_at;
  INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES (jti, of_session, times.expires_at);
  PERFORM enter_scope(before);
  RETURN times;
END $$;

-- A session without tokens yet. Null where what it rests on is gone meanwhile: the password that was given, or the session from which it was
-- asked for. Both stay as they are until this is committed, so that change_password ends this session too. One that somebody began as
-- another hands its end and its limits on to those asked for with it.
DROP FUNCTION begin_session(bigint, bigint, bigint, text, uuid, text, timestamptz);
CREATE FUNCTION begin_session(of_user bigint, in_account bigint, actor bigint, password text, from_session uuid, lasts interval, reads boolean,
  address inet, agent text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  origin sessions;
  begun uuid;
BEGIN
  PERFORM FROM users WHERE id = of_user AND (password IS NULL OR password_hash = password) FOR SHARE;
  IF FOUND AND from_session IS NOT NULL THEN
    SELECT * INTO origin FROM sessions WHERE id = from_session AND revoked_at IS NULL FOR SHARE;
  END IF;
  IF FOUND THEN
    INSERT INTO sessions (reseller_id, client_id, user_id, actor_id, ends_at, read_only, ip_address, user_agent)
      SELECT reseller_id, in_account, id, actor, coalesce(origin.ends_at, date_trunc('second', reeve_now()) + lasts),
        coalesce(origin.read_only, false) OR reads, address, agent
      FROM users WHERE id = of_user RETURNING id INTO begun;
  END IF;
  PERFORM enter_scope(before);
  RETURN begun;
END $$;

-- Until when each reseller's failed sign-ins were told to those who want to know.
CREATE TABLE failed_logins_told (
  reseller_id bigint PRIMARY KEY REFERENCES resellers,
  until timestamptz NOT NULL
);
ALTER TABLE failed_logins_told ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON failed_logins_told USING (is_system());
CREATE INDEX logins_failed ON logins (reseller_id, login_at) WHERE NOT is_successful;
