-- Whether somebody administers every live account of a user, of those in `within`. A client user's transaction does not see the accounts that are not
-- its own, and a user who is in one of those is not its to change.
CREATE FUNCTION administers_all_of(of_user bigint, administrator bigint, within bigint[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  administers boolean := NOT EXISTS (
    SELECT FROM client_users m JOIN clients c ON c.id = m.client_id
    WHERE m.user_id = of_user AND c.deleted_at IS NULL AND NOT EXISTS (
      SELECT FROM client_users own
      WHERE own.user_id = administrator AND own.client_id = m.client_id AND own.client_id = ANY (within) AND own.role_id = 1));
BEGIN
  PERFORM enter_scope(before);
  RETURN administers;
END $$;
