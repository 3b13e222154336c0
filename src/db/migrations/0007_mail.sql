-- What mails and links need beside their rows: the outbox holds a link's token sealed, for only the recipient may know it, and says whose
-- mail it is; a user has one open link of a purpose in an account.
ALTER TABLE outbox ADD sealed_link bytea;
ALTER TABLE outbox ADD user_id bigint;
CREATE UNIQUE INDEX one_time_links_one_is_open ON one_time_links (user_id, purpose, coalesce(client_id, 0)) WHERE used_at IS NULL;
