-- Keeping the read model: a change locks first and refreshes last, by the functions of src/db/read-model.ts, which call these.
-- Every change locks clients first and users second, each in order of id, so that no two deadlock. Locks and copies cover whole clients and users,
-- whoever asks: a client user sees one client of a user whose document shows them all. So the functions enter the scope `system`.
-- They keep generic plans: planning each call anew, as PostgreSQL would for arrays of unknown length, was two thirds of the cost of a change.

-- The clients whose documents show a user, and the users whose documents show a client.
CREATE FUNCTION clients_of(of_user bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT client_id FROM client_users WHERE user_id = of_user UNION SELECT id FROM clients WHERE owner_id = of_user
$$;
CREATE FUNCTION users_of(account bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT user_id FROM client_users WHERE client_id = account UNION SELECT id FROM users WHERE client_id = account
  UNION SELECT owner_id FROM clients WHERE id = account AND owner_id IS NOT NULL
$$;

-- Locks a user with its clients and those in `more`, then the user and the users in `others`. If the user joined a client while this waited,
-- the locks are given back, by leaving the block, and taken again: clients come before users. Every change of a user's memberships locks all of its
-- clients, so nothing is joined or left under their locks. Users are therefore locked after the block: PostgreSQL makes a multixact of a row that
-- a subtransaction locked and its transaction updates. Only a user without clients is locked inside the block.
CREATE FUNCTION lock_member(of_user bigint, more bigint[], others bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  accounts bigint[];
BEGIN
  LOOP
    accounts := ARRAY(SELECT c FROM clients_of(of_user) AS c);
    BEGIN
      PERFORM FROM clients WHERE id = ANY (more || accounts) ORDER BY id FOR NO KEY UPDATE;
      IF accounts = '{}' THEN
        PERFORM FROM users WHERE id = ANY (others || of_user) ORDER BY id FOR NO KEY UPDATE;
      END IF;
      IF NOT ARRAY(SELECT c FROM clients_of(of_user) AS c) <@ (more || accounts) THEN
        RAISE EXCEPTION 'joined another account' USING ERRCODE = 'RV001';
      END IF;
      EXIT;
    EXCEPTION WHEN SQLSTATE 'RV001' THEN NULL;
    END;
  END LOOP;
  PERFORM FROM users WHERE id = ANY (others || of_user) ORDER BY id FOR NO KEY UPDATE;
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION lock_user(id_ bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_member(id_, '{}', '{}');
END $$;

-- Locks a client, its users and the users in `others`, such as a new seller. `to_move` also keeps away new rows that refer to them.
CREATE FUNCTION lock_client_and_users(id_ bigint, others bigint[], to_move boolean) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  IF to_move THEN
    PERFORM FROM clients WHERE id = id_ FOR UPDATE;
    PERFORM FROM users WHERE id = ANY (others || ARRAY(SELECT users_of(id_))) ORDER BY id FOR UPDATE;
  ELSE
    PERFORM FROM clients WHERE id = id_ FOR NO KEY UPDATE;
    PERFORM FROM users WHERE id = ANY (others || ARRAY(SELECT users_of(id_))) ORDER BY id FOR NO KEY UPDATE;
  END IF;
  PERFORM enter_scope(before);
END $$;

-- Locks what the deletion of a seller changes: the clients it sells to or belongs to, then the seller. A client that was given to the seller while
-- this waited cannot be locked out of order: everything is let go and locked again. Caller: lockSeller().
CREATE FUNCTION lock_seller(id_ bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  locked bigint[];
BEGIN
  LOOP
    BEGIN
      locked := ARRAY(SELECT id FROM clients WHERE seller_id = id_ OR id = ANY (ARRAY(SELECT clients_of(id_))) ORDER BY id FOR NO KEY UPDATE);
      PERFORM FROM users WHERE id = id_ FOR NO KEY UPDATE;
      EXIT WHEN NOT EXISTS (SELECT FROM clients WHERE seller_id = id_ AND id <> ALL (locked));
      RAISE SQLSTATE 'RV001';
    EXCEPTION WHEN SQLSTATE 'RV001' THEN
      NULL;
    END;
  END LOOP;
  PERFORM enter_scope(before);
END $$;

-- copy_* bring the rows of these clients or users up to what the views say, mark their documents as stale, and return the resellers whose lists may have
-- changed. The lock comes first and each copy is a statement of its own: so of two transactions that change one client the second sees the first.
CREATE FUNCTION copy_clients(ids bigint[]) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  old client_list[];
  fresh client_list[];
BEGIN
  PERFORM FROM clients WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

  INSERT INTO client_documents AS d SELECT id, reseller_id, personal, withheld, NULL FROM client_documents_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, personal, withheld, doc) = ROW(excluded.reseller_id, excluded.personal, excluded.withheld, NULL)
    WHERE d IS DISTINCT FROM excluded;

  -- A row that stays as it is costs nothing: most changes show in the document alone.
  INSERT INTO client_user_search AS p SELECT * FROM client_user_search_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, users_email, users_name) = ROW(excluded.reseller_id, excluded.users_email, excluded.users_name)
    WHERE p IS DISTINCT FROM excluded;
  old := ARRAY(SELECT l FROM client_list l WHERE l.id = ANY (ids) ORDER BY l.id);
  fresh := ARRAY(SELECT ROW(s.*)::client_list FROM client_list_source s WHERE s.id = ANY (ids) ORDER BY s.id);
  IF old IS DISTINCT FROM fresh THEN
    -- In place, not by deletion: where no indexed column changes, no index is touched.
    INSERT INTO client_list AS l SELECT (f).* FROM unnest(fresh) AS f
    ON CONFLICT (id) DO UPDATE SET (id, reseller_id, seller_id, client_type, status, deleted, activated, is_test, bill_type, country_code,
      allowed_traffic, created_at, cdn, storage, streaming, ddos, dns, cloud, infrastructure_protection, connect, email, company_name, name,
      custom_id, promocode, hostnames, features, personal) = ROW(excluded.*) WHERE l IS DISTINCT FROM excluded;
    PERFORM apply_bit_delta(old, fresh);
  END IF;
  -- That which an account left is among them.
  RETURN ARRAY(SELECT DISTINCT reseller_id FROM unnest(old || fresh));
END $$;

CREATE FUNCTION copy_users(ids bigint[]) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  old bigint[];
  fresh bigint[];
BEGIN
  PERFORM FROM users WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
  old := ARRAY(SELECT reseller_id FROM user_list WHERE id = ANY (ids) ORDER BY id);
  fresh := ARRAY(SELECT reseller_id FROM users WHERE id = ANY (ids) ORDER BY id);
  IF old = fresh THEN
    UPDATE user_list SET doc = NULL WHERE id = ANY (ids) AND doc IS NOT NULL;
  ELSE
    INSERT INTO user_list (id, reseller_id) SELECT id, reseller_id FROM users WHERE id = ANY (ids)
    ON CONFLICT (id) DO UPDATE SET (reseller_id, doc) = ROW(excluded.reseller_id, NULL);
    PERFORM bump_tenant_version(ARRAY[r], sum(change)::bigint)
    FROM (SELECT r, 1 AS change FROM unnest(fresh) AS r UNION ALL SELECT r, -1 FROM unnest(old) AS r) AS moved GROUP BY r ORDER BY r;
  END IF;
  RETURN old || fresh;
END $$;

-- Call one of these last in a transaction that changed anything the views read of these clients or users.
CREATE FUNCTION refresh_clients(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM bump_tenant_version(copy_clients(ids));
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION refresh_users(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM bump_tenant_version(copy_users(ids));
  PERFORM enter_scope(before);
END $$;

-- A user with its clients. A user decides little of what lists show of a client: names, emails, and whether the owner is activated. Only clients
-- that differ in more, or are new, are copied. Called under lock_user.
CREATE FUNCTION refresh_user(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  accounts bigint[] := ARRAY(SELECT c FROM clients_of(id_) AS c);
  others bigint[] := ARRAY(SELECT c.id FROM clients c LEFT JOIN users o ON o.id = c.owner_id LEFT JOIN client_list l ON l.id = c.id
    WHERE c.id = ANY (accounts) AND l.activated IS DISTINCT FROM coalesce(o.activated_at IS NOT NULL, false));
  resellers bigint[];
  reseller bigint := (SELECT l.reseller_id FROM users u JOIN user_list l ON l.id = u.id AND l.reseller_id = u.reseller_id WHERE u.id = id_);
BEGIN
  UPDATE client_documents SET doc = NULL WHERE id = ANY (accounts) AND doc IS NOT NULL;
  UPDATE client_user_search p SET users_email = s.users_email, users_name = s.users_name FROM client_user_search_source s
    WHERE p.id = ANY (accounts) AND s.id = ANY (accounts) AND s.id = p.id AND (p.users_email <> s.users_email OR p.users_name <> s.users_name);
  IF others <> '{}' THEN
    resellers := copy_clients(others);
  END IF;
  IF reseller IS NULL THEN
    resellers := resellers || copy_users(ARRAY[id_]);
  ELSE
    UPDATE user_list SET doc = NULL WHERE id = id_ AND doc IS NOT NULL;
    resellers := resellers || reseller;
  END IF;
  PERFORM bump_tenant_version(resellers);
  PERFORM enter_scope(before);
END $$;

-- A client with its users.
CREATE FUNCTION refresh_client_and_users(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM bump_tenant_version(copy_clients(ARRAY[id_]) || copy_users(ARRAY(SELECT users_of(id_))));
  PERFORM enter_scope(before);
END $$;

-- Stores up to `most` stale documents of each kind and returns how many it stored. It takes the lock of a document's client or user, as every
-- change that marks the document does, and skips those that are locked. Caller: src/jobs/upkeep.ts.
CREATE FUNCTION store_documents(most int) RETURNS int LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  ids bigint[];
  stored int;
  others int;
BEGIN
  ids := ARRAY(SELECT c.id FROM client_documents d JOIN clients c USING (id) WHERE d.doc IS NULL ORDER BY d.id LIMIT most FOR NO KEY UPDATE OF c SKIP LOCKED);
  UPDATE client_documents d SET doc = s.doc FROM client_documents_source s
    WHERE d.id = ANY (ids) AND d.doc IS NULL AND s.id = d.id AND s.id = ANY (ids);
  GET DIAGNOSTICS stored = ROW_COUNT;
  ids := ARRAY(SELECT u.id FROM user_list d JOIN users u USING (id) WHERE d.doc IS NULL ORDER BY d.id LIMIT most FOR NO KEY UPDATE OF u SKIP LOCKED);
  UPDATE user_list d SET doc = s.doc FROM user_list_source s WHERE d.id = ANY (ids) AND d.doc IS NULL AND s.id = d.id AND s.id = ANY (ids);
  GET DIAGNOSTICS others = ROW_COUNT;
  PERFORM enter_scope(before);
  RETURN stored + others;
END $$;

-- After a user joined a client by its directory: as refresh_clients and refresh_users, but the texts of a client with more than 64 KB of addresses wait
-- for upkeep. Making them and their trigrams anew takes 40 ms for 5,000 users, and ten thousand join one after the other. Caller: refreshJoined().
CREATE FUNCTION refresh_joined(of_client bigint, of_user bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  IF (SELECT octet_length(users_email) FROM client_user_search WHERE id = of_client) > 65536 THEN
    UPDATE client_documents SET doc = NULL WHERE id = of_client AND doc IS NOT NULL;
    INSERT INTO stale_user_searches VALUES (of_client) ON CONFLICT DO NOTHING;
    PERFORM bump_tenant_version(copy_users(ARRAY[of_user]));
  ELSE
    PERFORM bump_tenant_version(copy_clients(ARRAY[of_client]) || copy_users(ARRAY[of_user]));
  END IF;
  PERFORM enter_scope(before);
END $$;

-- Caller: src/jobs/upkeep.ts.
CREATE FUNCTION refresh_user_searches() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before text := enter_scope('system');
  ids bigint[] := ARRAY(SELECT c.id FROM stale_user_searches JOIN clients c USING (id) ORDER BY c.id LIMIT 10 FOR NO KEY UPDATE OF c);
BEGIN
  DELETE FROM stale_user_searches WHERE id = ANY (ids);
  PERFORM bump_tenant_version(copy_clients(ids));
  PERFORM enter_scope(before);
END $$;

-- Merges pending entries into the trigram indexes, which otherwise the writer that fills a pending list would do. Caller: src/jobs/upkeep.ts.
CREATE FUNCTION merge_pending_texts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM gin_clean_pending_list('client_user_search_texts'), gin_clean_pending_list('client_list_search');
END $$;

-- Leaves a seller's clients without a seller, under lock_seller. What refresh_clients would make of them is known: documents differ in one key, rows
-- in one column, and the bits of the seller go. For 50,000 clients this is less than half of the work. Quotation marks inside texts are escaped,
-- so the words that are replaced are the key and never part of a text. Caller: removeSeller().
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
  PERFORM bump_tenant_version(ARRAY[reseller_id]) FROM users WHERE id = seller;
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION array_subtract(items text[], taken text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY(SELECT item FROM unnest(items) WITH ORDINALITY AS one (item, place) WHERE item <> ALL (taken) ORDER BY place);

-- A row of client_list that holds only what a client's own settings decide.
CREATE FUNCTION own_settings(id bigint, reseller_id bigint, personal text[]) RETURNS client_list LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_populate_record(NULL::client_list, jsonb_build_object('id', id, 'reseller_id', reseller_id, 'personal', personal))
$$;

-- Removes the clients' own settings for these products. The read model follows as refresh_clients would make it, at the cost of what shows these
-- settings: of a hundred thousand clients no document is made anew. Call it with the clients locked, as the last step. Caller: resetPersonal().
CREATE FUNCTION reset_availability(accounts bigint[], products text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE old client_list[];
BEGIN
  DELETE FROM client_availability WHERE client_id = ANY (accounts) AND product = ANY (products);

  UPDATE client_documents SET personal = array_subtract(personal, products), withheld = array_subtract(withheld, products)
  WHERE id = ANY (accounts) AND (personal && products OR withheld && products);

  -- Other columns are null in both and turn no bit.
  old := ARRAY(SELECT own_settings(id, reseller_id, personal) FROM client_list WHERE id = ANY (accounts) AND personal && products ORDER BY id);
  UPDATE client_list SET personal = array_subtract(personal, products) WHERE id = ANY (accounts) AND personal && products;
  PERFORM apply_bit_delta(old, ARRAY(SELECT own_settings(o.id, o.reseller_id, array_subtract(o.personal, products)) FROM unnest(old) AS o));

  PERFORM bump_tenant_version(ARRAY(SELECT DISTINCT reseller_id FROM clients WHERE id = ANY (accounts)));
END $$;
