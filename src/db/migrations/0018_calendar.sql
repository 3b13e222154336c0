-- What the calendar (src/jobs) goes by: when trials end, who was told of what ends soon, and how old is what may be thrown away.

-- When a trial ends, while the service is in `trial`; and when its owner was told that this is soon.
ALTER TABLE services ADD trial_end timestamptz, ADD end_told_at timestamptz;
UPDATE services s SET trial_end = coalesce(s.start, s.status_changed_at) + interval '24 hours' * coalesce(
  (SELECT o.value::int FROM service_options o
    WHERE o.service_id = s.id AND o.on_transition AND o.name = 'trial_length_days' AND o.value_type = 'int' AND o.value ~ '^\d{1,4}$'),
  CASE WHEN s.product IN ('CDN', 'STREAMING', 'DNS') THEN 14 ELSE 30 END)
WHERE s.status = 'trial';
-- What is due is the beginning of an index, whatever there is beside.
CREATE INDEX services_trial_end ON services (trial_end, id) WHERE status = 'trial';
CREATE INDEX services_deleted_date ON services (deleted_date, id) WHERE status IN ('trialend', 'paused');

-- The days that were left when the token's owner was last told: 7, then 1.
ALTER TABLE api_tokens ADD expiry_told int;
CREATE INDEX api_tokens_exp_date ON api_tokens (exp_date, id) WHERE deleted_at IS NULL AND exp_date IS NOT NULL;

-- The password_changed_at of the password whose end the user was told of.
ALTER TABLE users ADD password_end_told timestamptz;
CREATE INDEX users_password_age ON users (password_changed_at, id) WHERE deleted_at IS NULL AND password_hash IS NOT NULL;

CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);
CREATE INDEX sessions_created ON sessions (created_at);
CREATE INDEX one_time_links_expires ON one_time_links (expires_at);
