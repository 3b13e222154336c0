-- Whom a reseller wants to be told of something, in the language of who owns its own account. What a client user does may have to be told, who
-- sees neither that account nor its owner: so it runs as the system and goes back to the scope it came from (enter_scope).
CREATE FUNCTION told_addresses(of_reseller bigint, what text) RETURNS TABLE (recipient text, lang text) LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  RETURN QUERY
    SELECT n.email::text, coalesce(owner.lang, 'en')::text
    FROM notification_settings n JOIN resellers r ON r.id = n.reseller_id
    LEFT JOIN clients technical ON technical.id = r.technical_client_id LEFT JOIN users owner ON owner.id = technical.owner_id
    WHERE n.reseller_id = of_reseller AND n.notification_type = what AND n.enabled AND r.deleted_at IS NULL ORDER BY n.id;
  PERFORM enter_scope(before);
END $$;
