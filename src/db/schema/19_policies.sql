-- The second wall between tenants: row-level security, forced on the owner of the tables too. (The first is the scoped handle of src/db/scope.ts.)
-- A transaction says whose it is by settings: reeve.scope is system, platform, reseller or client, reeve.reseller_id and reeve.client_ids name the
-- tenant, reeve.user_id the user. Without reeve.scope no row can be read or written.

CREATE FUNCTION in_reseller(reseller_id bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE current_setting('reeve.scope', true)
    WHEN 'system' THEN true
    WHEN 'platform' THEN true
    WHEN 'reseller' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    WHEN 'client' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    ELSE false END;

CREATE FUNCTION in_client(reseller_id bigint, client_id bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE current_setting('reeve.scope', true)
    WHEN 'system' THEN true
    WHEN 'platform' THEN true
    WHEN 'reseller' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
    WHEN 'client' THEN reseller_id = current_setting('reeve.reseller_id')::bigint
      AND client_id = ANY (current_setting('reeve.client_ids')::bigint[])
    ELSE false END;

CREATE FUNCTION is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('reeve.scope', true) = 'system';

-- What proves who somebody is concerns that user alone: neither colleagues nor staff see such a row.
CREATE FUNCTION is_own(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE coalesce(current_setting('reeve.scope', true), '') WHEN 'system' THEN true WHEN '' THEN false
    ELSE of_user = nullif(current_setting('reeve.user_id', true), '')::bigint END;

-- Only operators act on operators, whatever a query forgets to ask: their rows change in the scope `platform`, or are the user's own.
CREATE FUNCTION may_act_on_operator(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('reeve.scope', true) = 'platform' OR is_own(of_user);

-- A function, because the policy of users reads client_users, and policies must not read each other's tables.
CREATE FUNCTION is_operator(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM users WHERE id = of_user AND is_admin);

-- Whether a user belongs to a client that the transaction sees: the query is itself under the policy of client_users. A function, because a subquery
-- in the policy is set up in every statement on users, whoever asks.
CREATE FUNCTION shares_client(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM client_users WHERE user_id = of_user);

CREATE FUNCTION sees_provider(provider bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM identity_providers WHERE id = provider);

-- Enters a scope and returns the one before. Functions that must see more than their caller begin with enter_scope('system') and end with
-- enter_scope(before), and elevated() of src/db/scope.ts does so around statements; whether the caller may is decided before. PostgreSQL has two
-- other ways, and neither serves here: an ordinary role may not attach a custom setting to a function (SET reeve.scope), and SECURITY DEFINER
-- does not help where row-level security is forced on the owner too. Where a function fails, so does its transaction, and the setting, which is
-- local to it, ends.
CREATE FUNCTION enter_scope(scope text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE before text := coalesce(current_setting('reeve.scope', true), '');
BEGIN
  PERFORM set_config('reeve.scope', scope, true);
  RETURN before;
END $$;

-- Which rows of a table a transaction may touch.
DO $$
DECLARE of record;
BEGIN
  FOR of IN SELECT * FROM (VALUES
    ('resellers', 'in_reseller(id)'),
    ('promo_codes', 'in_reseller(reseller_id)'),
    ('default_availability', 'in_reseller(reseller_id)'),
    ('branding', 'in_reseller(reseller_id)'),
    ('branding_assets', 'in_reseller(reseller_id)'),
    ('notification_settings', 'in_reseller(reseller_id)'),
    ('clients', 'in_client(reseller_id, id)'),
    ('client_users', 'in_client(reseller_id, client_id)'),
    ('client_hostnames', 'in_client(reseller_id, client_id)'),
    ('services', 'in_client(reseller_id, client_id)'),
    ('service_options', 'in_client(reseller_id, client_id)'),
    ('client_features', 'in_client(reseller_id, client_id)'),
    ('client_availability', 'in_client(reseller_id, client_id)'),
    ('api_tokens', 'in_client(reseller_id, client_id)'),
    ('sessions', 'in_client(reseller_id, client_id)'),
    ('one_time_links', 'in_client(reseller_id, client_id)'),
    ('attempts', 'in_client(reseller_id, client_id)'),
    ('account_status_changes', 'in_client(reseller_id, client_id)'),
    ('logins', 'in_client(reseller_id, client_id)'),
    ('outbox', 'in_client(reseller_id, client_id)'),
    ('change_set_results', 'in_client(reseller_id, client_id)'),
    -- The reseller's business, of which a client's users see what was done to the client.
    ('change_sets', $is$in_reseller(reseller_id) AND current_setting('reeve.scope', true) <> 'client'$is$),
    ('change_set_batches', $is$in_reseller(reseller_id) AND current_setting('reeve.scope', true) <> 'client'$is$),
    -- A client user sees the users of its clients.
    ('users', $is$in_reseller(reseller_id)
      AND (current_setting('reeve.scope', true) <> 'client' OR shares_client(id))$is$),
    -- Staff see those of their reseller's users. A client user changes no address but its own.
    ('email_changes', $is$in_reseller(reseller_id) AND (current_setting('reeve.scope', true) <> 'client' OR is_own(user_id))$is$),
    ('backup_codes', 'is_own(user_id)'),
    ('passkeys', 'is_own(user_id)'),
    ('preferences', 'is_own(user_id)'),
    -- Staff see their own, and what their colleagues share. Operators too: a preset is no business of the platform.
    ('presets', $is$is_system() OR (current_setting('reeve.scope', true) IN ('platform', 'reseller')
      AND reseller_id = nullif(current_setting('reeve.reseller_id', true), '')::bigint AND (shared OR is_own(owner_id)))$is$),
    -- A client's own provider; the reseller's is none of its users' business.
    ('identity_providers', 'in_client(reseller_id, client_id)'),
    -- Under the policy of their provider, which a function asks, for policies must not read each other's tables.
    ('identity_provider_domains', 'sees_provider(provider_id)'),
    ('identity_provider_exceptions', 'sees_provider(provider_id)'),
    ('identities', 'is_own(user_id) OR sees_provider(provider_id)'),
    -- An account's directory; the reseller's own is none of its users' business.
    ('scim_directories', 'in_client(reseller_id, client_id)'),
    ('scim_tokens', 'in_client(reseller_id, client_id)'),
    ('scim_users', 'in_client(reseller_id, client_id)'),
    ('scim_groups', 'in_client(reseller_id, client_id)'),
    ('scim_members', 'in_client(reseller_id, client_id)'),
    ('scim_requests', 'in_client(reseller_id, client_id)'),
    ('authentication_requests', 'is_system()'),
    ('pending_identities', 'is_system()'),
    ('spent_assertions', 'is_system()'),
    ('saml_keys', 'is_system()'),
    ('password_history', 'is_system()'),
    ('passkey_challenges', 'is_system()'),
    ('refresh_tokens', 'is_system()'),
    ('failures', 'is_system()'),
    ('known_places', 'is_system()'),
    ('failed_logins_notified', 'is_system()'),
    ('signing_keys', 'is_system()'),
    ('secret_check', 'is_system()'),
    ('next_secret', 'is_system()')
  ) AS policies (name, condition)
  LOOP
    EXECUTE format('CREATE POLICY tenant ON %I USING (%s)', of.name, of.condition);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', of.name);
  END LOOP;
END $$;

-- What is the reseller's own, a client user reads at most.
DO $$
DECLARE
  t text;
  is_staff text := $is$current_setting('reeve.scope', true) <> 'client'$is$;
BEGIN
  FOREACH t IN ARRAY ARRAY['resellers', 'promo_codes', 'default_availability', 'branding', 'branding_assets', 'notification_settings',
    'change_set_results']
  LOOP
    EXECUTE format('CREATE POLICY staff_inserts ON %I AS RESTRICTIVE FOR INSERT WITH CHECK (%s)', t, is_staff);
    EXECUTE format('CREATE POLICY staff_updates ON %I AS RESTRICTIVE FOR UPDATE USING (%s)', t, is_staff);
    EXECUTE format('CREATE POLICY staff_deletes ON %I AS RESTRICTIVE FOR DELETE USING (%s)', t, is_staff);
  END LOOP;
END $$;
-- A code is worth money to whoever knows it, and a client user needs to read none.
CREATE POLICY staff_reads ON promo_codes AS RESTRICTIVE FOR SELECT USING (current_setting('reeve.scope', true) <> 'client');

-- Nobody makes a preset in the name of a colleague.
CREATE POLICY own_inserts ON presets AS RESTRICTIVE FOR INSERT WITH CHECK (is_own(owner_id));

-- A client user may add a user to its own client, who is no member yet and so not under the policy above.
CREATE POLICY newcomer ON users FOR INSERT WITH CHECK (in_client(reseller_id, client_id) AND user_type = 'common' AND NOT is_admin);

-- Operators and their rows.
CREATE POLICY operators_inserts ON users AS RESTRICTIVE FOR INSERT WITH CHECK (NOT is_admin OR may_act_on_operator(id));
CREATE POLICY operators_updates ON users AS RESTRICTIVE FOR UPDATE USING (NOT is_admin OR may_act_on_operator(id));
CREATE POLICY operators_deletes ON users AS RESTRICTIVE FOR DELETE USING (NOT is_admin OR may_act_on_operator(id));
DO $$
DECLARE
  t text;
  may text := 'may_act_on_operator(user_id) OR NOT is_operator(user_id)';
BEGIN
  FOREACH t IN ARRAY ARRAY['client_users', 'api_tokens', 'sessions', 'one_time_links', 'email_changes']
  LOOP
    EXECUTE format('CREATE POLICY operators_inserts ON %I AS RESTRICTIVE FOR INSERT WITH CHECK (%s)', t, may);
    EXECUTE format('CREATE POLICY operators_updates ON %I AS RESTRICTIVE FOR UPDATE USING (%s)', t, may);
    EXECUTE format('CREATE POLICY operators_deletes ON %I AS RESTRICTIVE FOR DELETE USING (%s)', t, may);
  END LOOP;
END $$;

-- The log: nobody writes under another's name, and nobody but the server changes what was written. Settings are read by sub-selects, once a
-- statement and not once a row, because a scan may pass over many rows.
ALTER TABLE activity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reads ON activity FOR SELECT USING (
  (SELECT current_setting('reeve.scope', true)) IN ('system', 'platform')
  OR ((SELECT current_setting('reeve.scope', true)) = 'reseller'
    AND (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint) IN (reseller_id, affected_reseller_id))
  OR ((SELECT current_setting('reeve.scope', true)) = 'client' AND (
    (reseller_id = (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint)
      AND client_id = ANY ((SELECT nullif(current_setting('reeve.client_ids', true), '')::bigint[])::bigint[]))
    OR (affected_reseller_id = (SELECT nullif(current_setting('reeve.reseller_id', true), '')::bigint)
      AND affected_client_id = ANY ((SELECT nullif(current_setting('reeve.client_ids', true), '')::bigint[])::bigint[]))
    -- A change set names no client: its results do.
    OR id IN (SELECT activity_id FROM change_set_results WHERE outcome = 'changed'
      AND client_id = ANY ((SELECT nullif(current_setting('reeve.client_ids', true), '')::bigint[])::bigint[])))));
CREATE POLICY writes ON activity FOR INSERT WITH CHECK (is_system() OR (
  user_id = nullif(current_setting('reeve.user_id', true), '')::bigint
  AND reseller_id = nullif(current_setting('reeve.reseller_id', true), '')::bigint
  AND (affected_reseller_id IS NULL OR in_reseller(affected_reseller_id))));
-- A client that the platform moves takes its log along.
CREATE POLICY moves ON activity FOR UPDATE USING (current_setting('reeve.scope', true) IN ('system', 'platform'));
CREATE POLICY deletes ON activity FOR DELETE USING (is_system());
