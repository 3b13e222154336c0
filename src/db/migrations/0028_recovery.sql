-- A change of the password ends changes of an email that were asked for with the old one: of the user's own, and those that it asked for as staff.

CREATE FUNCTION end_asked_email_changes(by_user bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM end_email_change(c.user_id, 'stopped') FROM email_changes c
    WHERE (c.user_id = by_user OR c.asked_by = by_user) AND c.ended_at IS NULL;
  PERFORM enter_scope(before);
END $$;

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
      AND (old_hash IS NOT NULL OR purpose NOT IN ('invitation', 'account_invitation', 'activation'));
    PERFORM end_asked_email_changes(of_user);
    DELETE FROM failures WHERE key IN (failure_key('code', of_user::text, ''), failure_key('backup_code', of_user::text, ''));
  END IF;
  PERFORM enter_scope(before);
  RETURN changed;
END $$;

-- The link that ends what a new password leaves: API tokens and passkeys. There may be several open ones, and a later one ends none before it:
-- whoever changes the password again must not take from the owner the link that was mailed before.
ALTER TABLE one_time_links DROP CONSTRAINT one_time_links_purpose_check;
ALTER TABLE one_time_links ADD CONSTRAINT one_time_links_purpose_check
  CHECK (purpose IN
  ('invitation', 'account_invitation', 'activation', 'password_reset', 'email_change', 'email_change_notice', 'totp_disable', 'end_access'));
DROP INDEX one_time_links_one_is_open;
CREATE UNIQUE INDEX one_time_links_one_is_open ON one_time_links (user_id, purpose, coalesce(client_id, 0))
  WHERE used_at IS NULL AND purpose NOT IN ('password_reset', 'end_access');

-- What still lets somebody in beside the password, in all accounts of the user.
CREATE FUNCTION access_left(of_user bigint, OUT tokens int, OUT passkeys int) LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  SELECT count(*) INTO tokens FROM api_tokens t
    WHERE t.user_id = of_user AND t.deleted_at IS NULL AND (t.exp_date IS NULL OR t.exp_date > reeve_now());
  SELECT count(*) INTO passkeys FROM passkeys p WHERE p.user_id = of_user;
  PERFORM enter_scope(before);
END $$;

-- Ends API tokens, passkeys, open links and all sessions but `present`.
CREATE FUNCTION end_access(of_user bigint, present uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM lock_user(of_user);
  PERFORM detach_session(present);
  UPDATE api_tokens SET deleted_at = reeve_now() WHERE user_id = of_user AND deleted_at IS NULL;
  DELETE FROM passkeys WHERE user_id = of_user;
  PERFORM FROM sessions WHERE (user_id = of_user OR actor_id = of_user) AND revoked_at IS NULL AND id IS DISTINCT FROM present
    ORDER BY created_at, id FOR UPDATE;
  UPDATE sessions SET revoked_at = reeve_now()
    WHERE (user_id = of_user OR actor_id = of_user) AND revoked_at IS NULL AND id IS DISTINCT FROM present;
  UPDATE one_time_links SET used_at = reeve_now() WHERE user_id = of_user AND used_at IS NULL;
  PERFORM end_asked_email_changes(of_user);
  PERFORM enter_scope(before);
END $$;
