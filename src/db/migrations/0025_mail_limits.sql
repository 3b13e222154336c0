-- How many mails of a kind a mailbox gets, and reset links that others cannot end.

-- A column and not an expression: see users.email_folded in 0006_people_and_bits.sql.
ALTER TABLE outbox ADD recipient_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(recipient)) STORED;
CREATE INDEX outbox_mailbox ON outbox (recipient_folded, template, created_at);

-- Null where one more mail of this template may be queued for the mailbox; else the seconds until then, where `most` were within `span`, whoever
-- asked for them and in whichever account. Two at once are counted one after the other: the lock is kept until the transaction ends.
CREATE FUNCTION mailbox_wait(address text, of_template text, most int, span interval) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  wait int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(of_template || ' ' || fold(address), 7233803));
  SELECT greatest(1, ceil(extract(epoch FROM created_at + span - reeve_now()))::int) INTO wait
    FROM outbox WHERE recipient_folded = fold(address) AND template = of_template AND created_at > reeve_now() - span
    ORDER BY created_at DESC OFFSET most - 1 LIMIT 1;
  PERFORM enter_scope(before);
  RETURN wait;
END $$;

-- Anybody may ask for a link to another password. Would a new one end the one before, somebody could keep a user from ever using one: so those that
-- were mailed work side by side, each for its hour, and a new password ends them all.
DROP INDEX one_time_links_one_is_open;
CREATE UNIQUE INDEX one_time_links_one_is_open ON one_time_links (user_id, purpose, coalesce(client_id, 0))
  WHERE used_at IS NULL AND purpose <> 'password_reset';
