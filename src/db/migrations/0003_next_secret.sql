-- expand: the secret that replaces the present one, while reeve rotate-secret runs.

CREATE TABLE next_secret (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  encrypted bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT reeve_now()
);
COMMENT ON TABLE next_secret IS 'The text of secret_check, encrypted with the secret that replaces it. While it is there every process encrypts with that one, and reeve rotate-secret encrypts anew what is there.';
CREATE POLICY tenant ON next_secret USING (is_system());
ALTER TABLE next_secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
