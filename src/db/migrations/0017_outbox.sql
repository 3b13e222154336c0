-- What sending needs: why the last attempt failed, and the due mail of one reseller at a time, for one's slow server must not hold up others.
-- Attempts and leases are told by the machine's clock: they are time that passes for mail servers, whatever the calendar of a demo shows.
ALTER TABLE outbox ADD last_error text;
ALTER TABLE outbox ALTER next_attempt_at SET DEFAULT now();
UPDATE outbox SET next_attempt_at = now() WHERE next_attempt_at > now() AND sent_at IS NULL AND failed_at IS NULL;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (reseller_id, next_attempt_at, id) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_dead ON outbox (id) WHERE failed_at IS NOT NULL;
