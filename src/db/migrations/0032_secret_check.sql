-- By what a process proves that its secret is the one with which this database's secrets are encrypted, before it encrypts anything: a known text,
-- encrypted under it. Whoever reads this row may test guesses of the secret, as with any signing key beside it, and finds out nothing more.
CREATE TABLE secret_check (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  encrypted bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT reeve_now()
);
CREATE POLICY tenant ON secret_check USING (is_system());
ALTER TABLE secret_check ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
