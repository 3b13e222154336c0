-- Who may act right now: one row for every live, active, confirmed user and each live account it belongs to.
-- Every credential is resolved through this view, so blocking, deleting or revoking takes effect on the next request.
CREATE VIEW callers WITH (security_invoker = true) AS
SELECT u.id AS user_id, m.client_id, u.reseller_id, m.role_id, u.user_type, u.is_admin, u.email, u.sso_entity, c.company_name AS client_name,
  CASE WHEN u.is_admin THEN 'platform' WHEN u.user_type = 'common' THEN 'client' ELSE u.user_type END AS kind,
  ARRAY(SELECT own.client_id FROM client_users own WHERE own.user_id = u.id ORDER BY 1) AS account_ids
FROM users u
JOIN client_users m ON m.user_id = u.id
JOIN clients c ON c.id = m.client_id
JOIN resellers r ON r.id = u.reseller_id
WHERE u.deleted_at IS NULL AND u.is_active AND u.activated_at IS NOT NULL AND c.deleted_at IS NULL AND r.deleted_at IS NULL;
