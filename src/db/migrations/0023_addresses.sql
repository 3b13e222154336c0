-- An email address is stored in its normal form (src/lib/email.ts), and mail for somebody goes to the stored address, however it was typed.

-- The live user who has this email, in whatever letters; of one of another reseller only that there is one: all but `taken` is null.
DROP FUNCTION user_of_email(text, bigint);
CREATE FUNCTION user_of_email(address text, for_reseller bigint)
RETURNS TABLE (taken boolean, id bigint, user_type text, activated boolean, email text, lang text, name text) LANGUAGE plpgsql AS $$
DECLARE before text := enter_scope('system');
BEGIN
  RETURN QUERY SELECT true, o.id, o.user_type, o.activated_at IS NOT NULL, o.email::text, o.lang::text, o.name::text
    FROM users u LEFT JOIN users o ON o.id = u.id AND o.reseller_id = for_reseller
    WHERE u.email_folded = fold(address) AND u.deleted_at IS NULL;
  PERFORM enter_scope(before);
END $$;
