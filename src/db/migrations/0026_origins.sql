-- A session or token knows the credential that it was asked for with, and ends with it. Whatever is revoked takes along what came from it, in
-- the same transaction: so `revoked_at` and `deleted_at` are all that anybody has to look at, and no way of ending a credential can forget this.

ALTER TABLE sessions ADD origin_session uuid REFERENCES sessions ON DELETE SET NULL;
ALTER TABLE sessions ADD origin_token bigint REFERENCES api_tokens;
CREATE INDEX sessions_origin_session ON sessions (origin_session) WHERE origin_session IS NOT NULL;
CREATE INDEX sessions_origin_token ON sessions (origin_token) WHERE origin_token IS NOT NULL;
ALTER TABLE api_tokens ADD origin_token bigint REFERENCES api_tokens;
CREATE INDEX api_tokens_origin ON api_tokens (origin_token) WHERE origin_token IS NOT NULL;

-- When the user last proved who it is in this session, by password (and code) or passkey; null where somebody began it as another.
ALTER TABLE sessions ADD proven_at timestamptz;

-- Revokes the sessions that came from these, and those that came from them. A session is younger than what it came from, so whoever locks in
-- order of age never waits in a circle. Repeated until none is left: one that is just being begun is waited for, and found by the next pass.
CREATE FUNCTION revoke_descendants(of_sessions uuid[], of_tokens bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  LOOP
    WITH RECURSIVE descendants AS (
      SELECT id FROM sessions WHERE origin_session = ANY (of_sessions) OR origin_token = ANY (of_tokens)
      UNION SELECT s.id FROM sessions s JOIN descendants d ON s.origin_session = d.id),
    live AS MATERIALIZED (
      SELECT id FROM sessions WHERE revoked_at IS NULL AND id IN (SELECT id FROM descendants) ORDER BY created_at, id FOR UPDATE)
    UPDATE sessions s SET revoked_at = reeve_now() FROM live WHERE s.id = live.id;
    EXIT WHEN NOT FOUND;
  END LOOP;
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION session_was_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM revoke_descendants(ARRAY[NEW.id], '{}');
  RETURN NULL;
END $$;
-- At depth 0 alone: revoke_descendants finds the whole line by itself, however long it is.
CREATE TRIGGER revoked AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND pg_trigger_depth() = 0) EXECUTE FUNCTION session_was_revoked();

CREATE FUNCTION token_was_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  line bigint[];
BEGIN
  LOOP
    WITH RECURSIVE descendants AS (
      SELECT NEW.id AS id UNION SELECT t.id FROM api_tokens t JOIN descendants d ON t.origin_token = d.id)
    SELECT array_agg(id ORDER BY id) INTO line FROM descendants;
    UPDATE api_tokens SET deleted_at = NEW.deleted_at WHERE id = ANY (line) AND deleted_at IS NULL;
    EXIT WHEN NOT FOUND;
  END LOOP;
  PERFORM revoke_descendants('{}', line);
  PERFORM enter_scope(before);
  RETURN NULL;
END $$;
CREATE TRIGGER deleted AFTER UPDATE OF deleted_at ON api_tokens FOR EACH ROW
  WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL AND pg_trigger_depth() = 0) EXECUTE FUNCTION token_was_deleted();

-- Before all other sessions of a user end, the one that goes on is cut loose from those among them that it came from. One that somebody began
-- as another stays bound to the credential of who acts.
CREATE FUNCTION detach_session(present uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  WITH RECURSIVE line AS (
    SELECT id, user_id, actor_id, origin_session, origin_token, 0 AS generation FROM sessions WHERE id = present
    UNION ALL
    SELECT o.id, o.user_id, o.actor_id, o.origin_session, o.origin_token, l.generation + 1 FROM sessions o JOIN line l ON o.id = l.origin_session
      WHERE o.user_id = l.user_id AND o.actor_id IS NOT DISTINCT FROM l.actor_id)
  UPDATE sessions s SET origin_session = first.origin_session, origin_token = first.origin_token
    FROM (SELECT * FROM line ORDER BY generation DESC LIMIT 1) AS first WHERE s.id = present AND first.generation > 0;
  PERFORM enter_scope(before);
END $$;

-- As before, with the origin: a session or a token, which stays as it is until this is committed and gives its end to what is begun with it.
DROP FUNCTION begin_session(bigint, bigint, bigint, text, uuid, interval, boolean, inet, text, text);
CREATE FUNCTION begin_session(of_user bigint, in_account bigint, actor bigint, password text, from_session uuid, from_token bigint,
  lasts interval, reads boolean, address inet, agent text, how text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  origin sessions;
  token api_tokens;
  begun uuid;
BEGIN
  PERFORM FROM users WHERE id = of_user AND (password IS NULL OR password_hash = password)
    AND (how IS DISTINCT FROM 'password' OR totp_secret IS NULL) FOR SHARE;
  IF FOUND AND from_session IS NOT NULL THEN
    SELECT * INTO origin FROM sessions WHERE id = from_session AND revoked_at IS NULL FOR SHARE;
  END IF;
  IF FOUND AND from_token IS NOT NULL THEN
    SELECT * INTO token FROM api_tokens
      WHERE id = from_token AND deleted_at IS NULL AND (exp_date IS NULL OR exp_date > reeve_now()) FOR SHARE;
  END IF;
  IF FOUND THEN
    INSERT INTO sessions (reseller_id, client_id, user_id, actor_id, origin_session, origin_token, ends_at, read_only, ip_address, user_agent,
        auth_type, proven_at)
      SELECT reseller_id, in_account, id, actor, from_session, from_token,
        least(origin.ends_at, token.exp_date, date_trunc('second', reeve_now()) + lasts),
        coalesce(origin.read_only, false) OR reads, address, agent,
        CASE WHEN actor IS NULL THEN coalesce(how, origin.auth_type) END,
        CASE WHEN actor IS NULL THEN CASE WHEN how IS NULL THEN origin.proven_at ELSE reeve_now() END END
      FROM users WHERE id = of_user RETURNING id INTO begun;
  END IF;
  PERFORM enter_scope(before);
  RETURN begun;
END $$;

-- As before, and every open link of the user ends: whoever knew the old password may have asked for them. Links that only take access away stay,
-- and beside a first password, which replaces none, so do invitations. Wrong codes are forgotten: who guessed them knew the old password.
CREATE OR REPLACE FUNCTION change_password(of_user bigint, old_hash text, new_hash text, remembered int, present uuid DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  changed boolean;
BEGIN
  UPDATE users SET password_hash = new_hash, password_changed_at = reeve_now()
    WHERE id = of_user AND password_hash IS NOT DISTINCT FROM old_hash AND deleted_at IS NULL;
  changed := FOUND;
  IF changed THEN
    INSERT INTO password_history (user_id, password_hash) SELECT of_user, old_hash WHERE old_hash IS NOT NULL;
    DELETE FROM password_history WHERE user_id = of_user AND id NOT IN (
      SELECT id FROM password_history WHERE user_id = of_user ORDER BY id DESC LIMIT remembered);
    PERFORM detach_session(present);
    PERFORM FROM sessions WHERE (user_id = of_user OR actor_id = of_user) AND revoked_at IS NULL AND id IS DISTINCT FROM present
      ORDER BY created_at, id FOR UPDATE;
    UPDATE sessions SET revoked_at = reeve_now()
      WHERE (user_id = of_user OR actor_id = of_user) AND revoked_at IS NULL AND id IS DISTINCT FROM present;
    UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = of_user AND used_at IS NULL AND purpose <> 'end_access'
      AND (old_hash IS NOT NULL OR purpose NOT IN ('invitation', 'activation'));
    DELETE FROM failures WHERE key IN (failure_key('code', of_user::text, ''), failure_key('backup_code', of_user::text, ''));
  END IF;
  PERFORM enter_scope(before);
  RETURN changed;
END $$;
