-- Failed sign-ins that anybody can cause without limit share a row, so that nobody fills the log: `attempts` says how many the row stands for,
-- and the rest of it is that of the first. `counted_as` names what is counted together; most rows are one attempt and have none.
ALTER TABLE logins ADD attempts int NOT NULL DEFAULT 1 CHECK (attempts > 0), ADD counted_as text;
CREATE UNIQUE INDEX logins_counted ON logins (counted_as) WHERE counted_as IS NOT NULL;
CREATE INDEX logins_failed_of_user ON logins (user_id, login_at) WHERE NOT is_successful;
