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
      AND (old_hash IS NOT NULL OR purpose NOT IN ('invitation', 'activation'));
    PERFORM end_asked_email_changes(of_user);
    DELETE FROM failures WHERE key IN (failure_key('code', of_user::text, ''), failure_key('backup_code', of_user::text, ''));
  END IF;
  PERFORM enter_scope(before);
  RETURN changed;
END $$;
