-- Who is a user already is invited into another account by a link, and is a member there once it follows that: until then the open link is all there
-- is of the invitation, with the role in its details. No list, no document and no policy knows of it.
ALTER TABLE one_time_links DROP CONSTRAINT one_time_links_purpose_check;
ALTER TABLE one_time_links ADD CONSTRAINT one_time_links_purpose_check CHECK (purpose IN
  ('invitation', 'account_invitation', 'activation', 'password_reset', 'email_change', 'email_change_notice', 'totp_disable'));
CREATE INDEX one_time_links_client ON one_time_links (client_id, user_id) WHERE used_at IS NULL;
