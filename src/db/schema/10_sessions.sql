-- Sessions. A session or a token knows the credential with which it was begun, and ends with it: triggers revoke what came from a credential in
-- the transaction that revokes it. So `revoked_at` and `deleted_at` are all that a check has to read.

CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  reseller_id bigint NOT NULL,
  client_id bigint NOT NULL,
  user_id bigint NOT NULL,
  actor_id bigint REFERENCES users, -- who really acts, where somebody logged in as the user (RFC 8693, `act`)
  origin_session uuid REFERENCES sessions ON DELETE SET NULL,
  origin_token bigint REFERENCES api_tokens,
  auth_type text, -- how it began, which sessions begun from it inherit; null where somebody acts as the user, or by API token
  provider_id bigint REFERENCES identity_providers, -- that the user came by, or the one who acts as the user
  provider_session text, -- what the provider calls its own session: `sid` (OpenID Connect) or SessionIndex (SAML)
  sso_entity text, -- what the provider calls itself: entity id (SAML) or issuer (OpenID Connect)
  amr text[] NOT NULL DEFAULT '{}', -- how the provider says the user proved itself (RFC 8176)
  proven_at timestamptz, -- when the user last proved its identity, by password (and code), passkey or provider; null where somebody acts as the user
  read_only boolean NOT NULL DEFAULT false,
  ip_address inet, -- where it began
  user_agent text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT reeve_now(),
  refreshed_at timestamptz,
  expires_at timestamptz, -- with its last refresh token
  ends_at timestamptz, -- no refresh goes beyond; null: as long as it is refreshed
  revoked_at timestamptz,
  FOREIGN KEY (client_id, reseller_id) REFERENCES clients (id, reseller_id) ON UPDATE CASCADE,
  FOREIGN KEY (user_id, reseller_id) REFERENCES users (id, reseller_id) ON UPDATE CASCADE
);
COMMENT ON TABLE sessions IS 'A session: a family of refresh tokens. Revoking it ends all of them and their access tokens.';
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_client ON sessions (client_id);
CREATE INDEX sessions_actor ON sessions (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX sessions_created ON sessions (created_at);
CREATE INDEX sessions_provider ON sessions (provider_id) WHERE provider_id IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX sessions_origin_session ON sessions (origin_session) WHERE origin_session IS NOT NULL;
CREATE INDEX sessions_origin_token ON sessions (origin_token) WHERE origin_token IS NOT NULL;

CREATE TABLE refresh_tokens (
  jti text PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
COMMENT ON TABLE refresh_tokens IS 'A refresh token, which works once.';
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

-- Begins a session, without tokens yet. Null if what it rests on is gone: the password that was given, or the session or token it was asked for
-- with, or the right to work in the client. Those stay locked until this is committed, so that revoking them ends this session too. A user who came
-- by password alone gets none if two-step verification was switched on meanwhile, and nobody gets one who must come by another provider. A session
-- hands its end, its limits and its provider on to those begun from it, a token its provider.
-- Caller: insertSession, which makes session and token in one statement: a sign-in waits for the database once.
CREATE FUNCTION begin_session(of_user bigint, in_client bigint, actor bigint, password text, from_session uuid, from_token bigint,
  lasts interval, reads boolean, address inet, agent text, how text, by_provider bigint, by_session text, entity text, methods text[]) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  origin sessions;
  token api_tokens;
  begun uuid;
  resting timestamptz;
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
  -- Locked, so that a provider that is being switched off ends this session too.
  IF FOUND AND by_provider IS NOT NULL THEN
    PERFORM FROM identity_providers WHERE id = by_provider AND state IN ('on', 'enforced') AND deleted_at IS NULL FOR SHARE;
  END IF;
  -- Read under the lock of the user, which a deactivation and a lockdown take: no session outlives them.
  IF FOUND THEN
    SELECT rests_since INTO resting FROM callers WHERE user_id = of_user AND client_id = in_client
      AND may_work(of_user, in_client, coalesce(by_provider, origin.provider_id, token.provider_id), coalesce(how, origin.auth_type), actor);
  END IF;
  -- Of credentials that rest, a sign-in by password or provider is what wakes them. Whoever acts as the user wakes nothing.
  IF FOUND AND resting IS NOT NULL AND actor IS NULL THEN
    UPDATE client_users SET rests_since = NULL WHERE user_id = of_user AND client_id = in_client
      AND coalesce(how, origin.auth_type) <> 'passkey' AND (how IS NOT NULL OR origin.proven_at > resting);
  END IF;
  IF FOUND THEN
    INSERT INTO sessions (reseller_id, client_id, user_id, actor_id, origin_session, origin_token, ends_at, read_only, ip_address, user_agent,
        auth_type, proven_at, provider_id, provider_session, sso_entity, amr)
      SELECT reseller_id, in_client, id, actor, from_session, from_token,
        least(origin.ends_at, token.exp_date, date_trunc('second', reeve_now()) + lasts),
        coalesce(origin.read_only, false) OR reads, address, agent,
        CASE WHEN actor IS NULL THEN coalesce(how, origin.auth_type) END,
        CASE WHEN actor IS NULL AND NOT known_in_part(id, by_provider) THEN CASE WHEN how IS NULL THEN origin.proven_at ELSE reeve_now() END END,
        coalesce(by_provider, origin.provider_id, token.provider_id), coalesce(by_session, origin.provider_session),
        coalesce(entity, origin.sso_entity), coalesce(methods, origin.amr, '{}')
      FROM users WHERE id = of_user RETURNING id INTO begun;
  END IF;
  PERFORM enter_scope(before);
  RETURN begun;
END $$;

CREATE TYPE token_times AS (issued_at timestamptz, expires_at timestamptz, sso_entity text);

-- Adds a refresh token and returns its times, with what its session says in it. A session that ends at a given time ends its tokens then.
-- Callers: insertSession and insertRefreshToken.
CREATE FUNCTION add_refresh_token(jti text, of_session uuid, lives interval) RETURNS token_times LANGUAGE plpgsql STRICT AS $$
DECLARE
  before text := enter_scope('system');
  times token_times;
BEGIN
  times.issued_at := date_trunc('second', reeve_now());
  UPDATE sessions SET expires_at = least(times.issued_at + lives, ends_at),
    refreshed_at = CASE WHEN expires_at IS NULL THEN NULL ELSE reeve_now() END
    WHERE id = of_session RETURNING expires_at, sso_entity INTO times.expires_at, times.sso_entity;
  INSERT INTO refresh_tokens (jti, session_id, expires_at) VALUES (jti, of_session, times.expires_at);
  PERFORM enter_scope(before);
  RETURN times;
END $$;

-- Whether somebody may still act as another in this client: not while blocked, deleted or in another reseller, nor, but for operators, where the
-- client is closed to staff.
-- A function, because written into its callers (createAuthenticate, lockRefreshToken) every check of a session would plan and start these joins,
-- and few sessions have an actor.
CREATE FUNCTION may_act(actor bigint, in_reseller bigint, in_client bigint) RETURNS boolean LANGUAGE sql STABLE
  RETURN EXISTS (SELECT FROM callers WHERE user_id = actor AND (is_admin OR reseller_id = in_reseller
    AND NOT EXISTS (SELECT FROM clients WHERE id = in_client AND closed_to_staff_from <= reeve_now())));

-- Revokes the sessions that came from these sessions and tokens, directly or not. A session is younger than its origin, so locking by age avoids
-- deadlocks. Repeats until none is left: a session that is being begun is waited for, and found by the next pass.
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

CREATE FUNCTION revoke_session_descendants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM revoke_descendants(ARRAY[NEW.id], '{}');
  RETURN NULL;
END $$;

CREATE FUNCTION revoke_token_descendants() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- At depth 0 alone: the functions find all descendants by themselves, however many generations there are.
CREATE TRIGGER revoked AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND pg_trigger_depth() = 0) EXECUTE FUNCTION revoke_session_descendants();
CREATE TRIGGER deleted AFTER UPDATE OF deleted_at ON api_tokens FOR EACH ROW
  WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL AND pg_trigger_depth() = 0) EXECUTE FUNCTION revoke_token_descendants();
