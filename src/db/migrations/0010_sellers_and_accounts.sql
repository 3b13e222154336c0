-- Sellers are found by reseller, and deleted with a lock of their own; promo codes are for staff.

CREATE INDEX users_sellers ON users (reseller_id, id) WHERE user_type = 'seller';

-- Locks what a seller's deletion changes: the accounts it sells to or belongs to, then the seller. An account that was given to the seller
-- while this waited cannot be locked now, for that would be out of order: all is let go (the locks of a block end with it) and taken anew.
CREATE FUNCTION lock_seller(id_ bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  locked bigint[];
BEGIN
  LOOP
    BEGIN
      locked := ARRAY(SELECT id FROM clients WHERE seller_id = id_ OR id = ANY (ARRAY(SELECT accounts_of(id_))) ORDER BY id FOR NO KEY UPDATE);
      PERFORM FROM users WHERE id = id_ FOR NO KEY UPDATE;
      EXIT WHEN NOT EXISTS (SELECT FROM clients WHERE seller_id = id_ AND id <> ALL (locked));
      RAISE SQLSTATE 'RV001';
    EXCEPTION WHEN SQLSTATE 'RV001' THEN
      NULL;
    END;
  END LOOP;
  PERFORM enter_scope(before);
END $$;

-- A code is worth money to whoever knows it, and nothing that a client user does needs to read one.
CREATE POLICY staff_reads ON promo_codes AS RESTRICTIVE FOR SELECT USING (current_setting('reeve.scope', true) <> 'client');

-- Leaves a seller's accounts without one, under lock_seller. What refresh_clients would make of them is known: their documents differ in one
-- place, their rows in one column, and of the bits those of the seller go. For 50,000 accounts that is less than half of the work.
-- A quotation mark inside of a text is escaped, so the words that are replaced are the key and no part of a text.
CREATE FUNCTION release_clients(seller bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  sold bigint[];
BEGIN
  WITH released AS (UPDATE clients SET seller_id = NULL WHERE seller_id = seller RETURNING id)
  SELECT array_agg(id ORDER BY id) INTO sold FROM released;
  UPDATE client_documents SET doc = replace(doc, format('"seller":%s,', seller), '"seller":null,') WHERE id = ANY (sold);
  UPDATE client_list SET seller_id = NULL WHERE id = ANY (sold);
  DELETE FROM client_bits WHERE facet = 'seller_id' AND value = seller::text;
  PERFORM tenant_changed(ARRAY[reseller_id]) FROM users WHERE id = seller;
  PERFORM enter_scope(before);
END $$;
