-- What tables are made of: text without case, the clock, and the values that columns may hold.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Text is folded the same way on every server: simple Unicode case mapping, ordered by code point. The builtin provider needs PostgreSQL 17.
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    CREATE COLLATION folding (provider = builtin, locale = 'C.UTF-8');
  ELSE
    CREATE COLLATION folding (provider = libc, locale = 'C.UTF-8');
  END IF;
END $$;

-- A text as it is compared where case does not matter.
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(value COLLATE folding) COLLATE "C";

-- The time by the clock of src/lib/clock.ts: the machine's, or the one that the connection's setting `reeve.clock` moves and speeds up for a
-- demo. Whatever happens at a time, or is due at one, asks this and not now().
CREATE FUNCTION reeve_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN coalesce(current_setting('reeve.clock', true), '') = '' THEN now()
    ELSE to_timestamp((split_part(current_setting('reeve.clock', true), ',', 1)::float8
      + (extract(epoch FROM now())::float8 * 1000 - split_part(current_setting('reeve.clock', true), ',', 2)::float8)
        * split_part(current_setting('reeve.clock', true), ',', 3)::float8) / 1000) END;

-- A time as JSON shows it, in UTC.
CREATE FUNCTION json_time(value timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

CREATE DOMAIN role_id AS int CHECK (VALUE IN (1, 2, 5, 3009, 3022));
COMMENT ON DOMAIN role_id IS 'One of the five roles that a user can have in a client.';

-- The names of the roles; src/lib/roles.ts orders them by their rights.
CREATE FUNCTION role_name(role_id int) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN CASE role_id WHEN 1 THEN 'Administrators' WHEN 2 THEN 'Users' WHEN 5 THEN 'Engineers'
    WHEN 3009 THEN 'Purge and Prefetch only (API+Web)' WHEN 3022 THEN 'Purge and Prefetch only (API)' END;

-- A role as documents show it. Spelled out, because building it from role_name() doubled what the views of the read model cost.
CREATE FUNCTION role_groups(role_id int) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE role_id WHEN 1 THEN '[{"id":1,"name":"Administrators"}]'::json WHEN 2 THEN '[{"id":2,"name":"Users"}]'::json
    WHEN 5 THEN '[{"id":5,"name":"Engineers"}]'::json WHEN 3009 THEN '[{"id":3009,"name":"Purge and Prefetch only (API+Web)"}]'::json
    WHEN 3022 THEN '[{"id":3022,"name":"Purge and Prefetch only (API)"}]'::json ELSE '[]'::json END;

CREATE DOMAIN product AS text CHECK (VALUE IN
  ('CDN', 'STORAGE', 'STREAMING', 'DNS', 'DDOS', 'CLOUD', 'INFRASTRUCTURE_PROTECTION', 'CONNECT'));
COMMENT ON DOMAIN product IS 'One of the eight products that resellers sell.';

CREATE DOMAIN service_status AS text CHECK (VALUE IN
  ('new', 'trial', 'trialend', 'active', 'paused', 'activating', 'deleted'));
COMMENT ON DOMAIN service_status IS 'Where a service stands in its lifecycle.';

CREATE DOMAIN client_status AS text CHECK (VALUE IN
  ('new', 'trial', 'trialend', 'active', 'integration', 'paused', 'preparation', 'ready'));
COMMENT ON DOMAIN client_status IS 'Where a client stands, which follows from its services.';

CREATE DOMAIN language AS text CHECK (VALUE IN ('de', 'en', 'ru', 'zh', 'az'));
COMMENT ON DOMAIN language IS 'A language of mails and pages.';

CREATE DOMAIN label AS text CHECK (VALUE !~ '\x1f');
COMMENT ON DOMAIN label IS 'Text that people type. U+001F is kept out, because the read model joins the values of one client with it.';
