-- The link by which an Administrator who has neither password nor authenticator confirms that the account shall be deleted.
ALTER TABLE one_time_links DROP CONSTRAINT one_time_links_purpose_check;
ALTER TABLE one_time_links ADD CONSTRAINT one_time_links_purpose_check
  CHECK (purpose IN
  ('invitation', 'account_invitation', 'activation', 'password_reset', 'email_change', 'email_change_notice', 'totp_disable', 'end_access',
   'account_deletion'));

-- Ends those of the account, whoever asked for them, and answers whether one of them still worked. Call with the account locked.
CREATE FUNCTION end_deletion_links(of_client bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  ended boolean;
BEGIN
  WITH open AS (
    UPDATE one_time_links SET used_at = reeve_now()
      WHERE client_id = of_client AND purpose = 'account_deletion' AND used_at IS NULL RETURNING expires_at)
  SELECT coalesce(bool_or(expires_at > reeve_now()), false) INTO ended FROM open;
  PERFORM enter_scope(before);
  RETURN ended;
END $$;
