-- Two resellers of one name could not be told apart in lists, mails and on the command line. Deleted ones keep theirs, so that they can return.
DO $$
DECLARE
  twin record;
BEGIN
  PERFORM set_config('reeve.scope', 'system', true);
  FOR twin IN SELECT id, technical_client_id FROM resellers r
    WHERE EXISTS (SELECT FROM resellers o WHERE fold(o.name) = fold(r.name) AND o.id < r.id) ORDER BY id
  LOOP
    UPDATE resellers SET name = left(name, 230) || ' (' || id || ')' WHERE id = twin.id;
    PERFORM refresh_clients(ARRAY[twin.technical_client_id]),
      refresh_users(ARRAY(SELECT id FROM users WHERE client_id = twin.technical_client_id ORDER BY id));
  END LOOP;
END $$;
CREATE UNIQUE INDEX resellers_name_is_unique ON resellers (fold(name));

-- What waits is tried by its attempts, then by its time; and whoever asks for another attempt must not meet the one that is under way.
ALTER TABLE outbox ADD leased_until timestamptz;
CREATE INDEX outbox_by_attempts ON outbox (reseller_id, attempts, next_attempt_at, id) WHERE sent_at IS NULL AND failed_at IS NULL;
