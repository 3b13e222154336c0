-- The second wall between tenants: row-level security, forced on the owner too, by the settings that inScope makes.
-- reeve.scope is one of system, platform, reseller, client; without it no row can be seen or written.

CREATE FUNCTION in_reseller(reseller_id bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE current_setting('reeve.scope', true)
    WHEN 'system' THEN true
    WHEN 'platform' THEN true
    WHEN 'reseller' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    WHEN 'client' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    ELSE false END;

CREATE FUNCTION in_account(reseller_id bigint, client_id bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE current_setting('reeve.scope', true)
    WHEN 'system' THEN true
    WHEN 'platform' THEN true
    WHEN 'reseller' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    WHEN 'client' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
      AND client_id = ANY (current_setting('reeve.client_ids')::bigint[])
    ELSE false END;

CREATE FUNCTION is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('reeve.scope', true) = 'system';

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['client_users', 'client_hostnames', 'services', 'service_options', 'client_features', 'client_availability',
    'api_tokens', 'sessions', 'account_status_changes', 'activity', 'logins', 'one_time_links', 'outbox']
  LOOP
    EXECUTE format('CREATE POLICY tenant ON %I USING (in_account(reseller_id, client_id))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['promo_codes', 'default_availability', 'branding', 'branding_assets', 'notification_settings']
  LOOP
    EXECUTE format('CREATE POLICY tenant ON %I USING (in_reseller(reseller_id))', t);
  END LOOP;
  CREATE POLICY tenant ON resellers USING (in_reseller(id));
  -- What is the reseller's own a client user reads at most.
  FOREACH t IN ARRAY ARRAY['resellers', 'promo_codes', 'default_availability', 'branding', 'branding_assets', 'notification_settings']
  LOOP
    EXECUTE format('CREATE POLICY staff_inserts ON %I AS RESTRICTIVE FOR INSERT WITH CHECK (current_setting(''reeve.scope'', true) <> ''client'')', t);
    EXECUTE format('CREATE POLICY staff_updates ON %I AS RESTRICTIVE FOR UPDATE USING (current_setting(''reeve.scope'', true) <> ''client'')', t);
    EXECUTE format('CREATE POLICY staff_deletes ON %I AS RESTRICTIVE FOR DELETE USING (current_setting(''reeve.scope'', true) <> ''client'')', t);
  END LOOP;
  CREATE POLICY tenant ON clients USING (in_account(reseller_id, id));
  -- A client user sees the people of its accounts: the subquery is itself under the policy of client_users.
  CREATE POLICY tenant ON users USING (in_reseller(reseller_id)
    AND (current_setting('reeve.scope', true) <> 'client' OR EXISTS (SELECT FROM client_users m WHERE m.user_id = users.id)));
  CREATE POLICY tenant ON refresh_tokens USING (is_system());
  CREATE POLICY tenant ON signing_keys USING (is_system());
  FOR t IN SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'tenant'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
