-- Operators: every reseller user of the platform's own reseller is one, whoever writes the row, and nobody else is.
CREATE FUNCTION set_is_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_admin := NEW.user_type = 'reseller' AND EXISTS (SELECT FROM resellers WHERE id = NEW.reseller_id AND is_platform);
  RETURN NEW;
END $$;
CREATE TRIGGER set_is_admin BEFORE INSERT OR UPDATE OF user_type, is_admin, reseller_id ON users
  FOR EACH ROW EXECUTE FUNCTION set_is_admin();
UPDATE users SET is_admin = true WHERE user_type = 'reseller' AND NOT is_admin;

-- Only operators act on operators, whatever a query forgets to ask: rows of theirs change in the scope of the platform, or are the user's own.
CREATE FUNCTION may_act_on_operator(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('reeve.scope', true) = 'platform' OR is_own(of_user);

-- A function, because the policy of users asks for client_users, and policies may not ask for each other.
CREATE FUNCTION is_operator(of_user bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM users WHERE id = of_user AND is_admin);

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
