-- Branding: how the console and the mails of a reseller look, and which mail server sends them.

CREATE TABLE branding (
  reseller_id bigint PRIMARY KEY REFERENCES resellers,
  domain label NOT NULL, -- of the console
  public_settings jsonb NOT NULL DEFAULT '{}',
  mail_server jsonb NOT NULL DEFAULT '{}',
  mail_password bytea, -- encrypted
  deleted_at timestamptz
);
COMMENT ON TABLE branding IS 'The name, colours, domain and mail server of a reseller.';
CREATE UNIQUE INDEX branding_domain_is_unique ON branding (fold(domain)) WHERE deleted_at IS NULL;

CREATE TABLE branding_assets (
  reseller_id bigint NOT NULL REFERENCES resellers,
  kind text NOT NULL CHECK (kind IN ('logo', 'favicon')),
  content_type text NOT NULL,
  digest bytea NOT NULL,
  content bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT reeve_now(),
  PRIMARY KEY (reseller_id, kind)
);
COMMENT ON TABLE branding_assets IS 'An image of a reseller. It is public to whoever knows its digest.';
CREATE INDEX branding_assets_digest ON branding_assets (digest);
