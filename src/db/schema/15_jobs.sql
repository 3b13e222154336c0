-- What jobs keep between two runs. The queues themselves are in the schema reeve_jobs, which pg-boss makes and migrates. What is due next is
-- the beginning of an index of the table it is in: see services_trial_end, email_changes_due and others.

CREATE TABLE failed_logins_notified (
  reseller_id bigint PRIMARY KEY REFERENCES resellers,
  until timestamptz NOT NULL
);
COMMENT ON TABLE failed_logins_notified IS 'Up to which time a reseller was notified of failed sign-ins.';
