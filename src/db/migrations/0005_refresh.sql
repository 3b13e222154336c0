-- How the read model follows a change: its rows, the bitmaps that counts are made of, and the version that says whether an answer still holds.

-- A bitmap index as a table: bit id % 4096 of block id / 4096 says whether that client has the value in the facet. A count of any exact
-- filters is the number of bits left by "and", over 220 blocks for 900,000 clients; facet 'all' holds every client of the reseller.
CREATE TABLE client_bits (
  facet text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  reseller_id bigint NOT NULL,
  block bigint NOT NULL,
  bits bit(4096) NOT NULL,
  PRIMARY KEY (facet, value, reseller_id, block)
) WITH (fillfactor = 70);
ALTER TABLE client_bits ALTER bits SET STORAGE PLAIN;

-- 4096 zeros with the one of `id` set.
CREATE FUNCTION client_bit(id bigint) RETURNS bit(4096) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN set_bit(repeat('0', 4096)::bit(4096), (id % 4096)::int, 1);

-- Buckets of what is filtered by range: whole buckets are counted by bits, the rows of the bucket on the border one by one.
CREATE FUNCTION created_bucket(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lpad(extract(year FROM at AT TIME ZONE 'UTC')::text, 6, '0') || lpad(extract(month FROM at AT TIME ZONE 'UTC')::text, 2, '0');

-- The values by which a client is counted.
CREATE FUNCTION client_facets(c client_list) RETURNS TABLE (facet text, value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT facet, value FROM (VALUES
    ('all', ''), ('reseller_id', c.reseller_id::text), ('seller_id', c.seller_id::text), ('client_type', c.client_type), ('status', c.status), ('deleted', c.deleted::text),
    ('activated', c.activated::text), ('is_test', c.is_test::text), ('bill_type', c.bill_type), ('country_code', coalesce(c.country_code, '')),
    ('cdn', c.cdn), ('storage', c.storage), ('streaming', c.streaming), ('ddos', c.ddos), ('dns', c.dns), ('cloud', c.cloud),
    ('infrastructure_protection', c.infrastructure_protection), ('connect', c.connect), ('created_at', created_bucket(c.created_at))
  ) AS one (facet, value) WHERE value IS NOT NULL
  UNION ALL SELECT 'features', feature::text FROM unnest(c.features) AS feature
  UNION ALL SELECT 'personal', product FROM unnest(c.personal) AS product
$$;

-- Turns the bits in which the two differ: one pass in order of the key, so that two changes in one block never wait for each other in a circle.
CREATE FUNCTION move_bits(old client_list[], fresh client_list[]) RETURNS void LANGUAGE sql AS $$
  WITH was AS MATERIALIZED (SELECT p.facet, p.value, (o.x).reseller_id, (o.x).id FROM (SELECT x FROM unnest(old) AS x OFFSET 0) AS o, client_facets(o.x) AS p),
  is_now AS MATERIALIZED (SELECT p.facet, p.value, (f.x).reseller_id, (f.x).id FROM (SELECT x FROM unnest(fresh) AS x OFFSET 0) AS f, client_facets(f.x) AS p)
  INSERT INTO client_bits AS b
  SELECT facet, value, reseller_id, id / 4096, bit_or(client_bit(id))
  FROM ((TABLE was EXCEPT TABLE is_now) UNION ALL (TABLE is_now EXCEPT TABLE was)) AS differing
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (facet, value, reseller_id, block) DO UPDATE SET bits = b.bits # excluded.bits
$$;

-- The state of a reseller's data: the sum of its stripes grows with every transaction that changes what a list could show, and its users are
-- counted beside. Connections count in stripes of their own, so that two changes at once do not wait for each other.
CREATE TABLE tenant_versions (
  reseller_id bigint NOT NULL,
  stripe int NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  users bigint NOT NULL DEFAULT 0, -- added less removed by this stripe: the sum is how many there are
  PRIMARY KEY (reseller_id, stripe)
) WITH (fillfactor = 30);

CREATE FUNCTION tenant_version(of_reseller bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(sum(version), 0)::bigint FROM tenant_versions WHERE reseller_id = of_reseller);

-- Every change of what lists show ends here; refresh_* call it themselves, a change for a whole reseller calls it alone.
CREATE FUNCTION tenant_changed(resellers bigint[], users bigint DEFAULT 0) RETURNS void LANGUAGE sql AS $$
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT DISTINCT r, pg_backend_pid() % 64, tenant_changed.users FROM unnest(resellers) AS r ORDER BY r
  ON CONFLICT (reseller_id, stripe) DO UPDATE SET version = t.version + 1, users = t.users + excluded.users
$$;

-- Locks and copies are whole, whoever asks for them: a client user sees one account of a person whose document shows them all. The functions
-- below therefore run as the system and go back to the scope they came from, which this answers. They answer nothing themselves.
CREATE FUNCTION enter_scope(scope text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE before text := coalesce(current_setting('reeve.scope', true), '');
BEGIN
  PERFORM set_config('reeve.scope', scope, true);
  RETURN before;
END $$;

-- The accounts whose documents tell of a user, and the users whose documents tell of an account.
CREATE FUNCTION accounts_of(of_user bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT client_id FROM client_users WHERE user_id = of_user UNION SELECT id FROM clients WHERE owner_id = of_user
$$;
CREATE FUNCTION people_of(account bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT user_id FROM client_users WHERE client_id = account UNION SELECT id FROM users WHERE client_id = account
  UNION SELECT owner_id FROM clients WHERE id = account AND owner_id IS NOT NULL
$$;

-- Their plans are kept: made anew at each call, as PostgreSQL would for arrays of unknown length, they were two thirds of what a change costs.

-- Every change locks accounts first and people second, each in order of id, so that no two wait for each other in a circle. Whoever makes
-- somebody a member of an account locks that account and those that the person has.
CREATE FUNCTION lock_user(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM FROM clients WHERE id = ANY (ARRAY(SELECT accounts_of(id_))) ORDER BY id FOR NO KEY UPDATE;
  PERFORM FROM users WHERE id = id_ FOR NO KEY UPDATE;
  PERFORM enter_scope(before);
END $$;

-- Beside its people the users in `others`, such as a new seller. An account is moved under a lock that keeps away new rows which refer to it.
CREATE FUNCTION lock_client_and_people(id_ bigint, others bigint[], to_move boolean) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  IF to_move THEN
    PERFORM FROM clients WHERE id = id_ FOR UPDATE;
    PERFORM FROM users WHERE id = ANY (others || ARRAY(SELECT people_of(id_))) ORDER BY id FOR UPDATE;
  ELSE
    PERFORM FROM clients WHERE id = id_ FOR NO KEY UPDATE;
    PERFORM FROM users WHERE id = ANY (others || ARRAY(SELECT people_of(id_))) ORDER BY id FOR NO KEY UPDATE;
  END IF;
  PERFORM enter_scope(before);
END $$;

-- Call these last in the transaction that changed anything the views read of these clients or users. The lock comes first, in
-- order of id, and the copy is a statement of its own: so of two transactions that change one account the second sees the first.
CREATE FUNCTION refresh_clients(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  old client_list[];
  fresh client_list[];
BEGIN
  PERFORM FROM clients WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

  INSERT INTO client_documents SELECT * FROM client_documents_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, personal, withheld, doc) = (SELECT excluded.reseller_id, excluded.personal, excluded.withheld, excluded.doc);

  -- A list row that stays as it is costs nothing: most changes show in the document alone.
  old := ARRAY(SELECT l FROM client_list l WHERE l.id = ANY (ids) ORDER BY l.id);
  fresh := ARRAY(SELECT ROW(s.*)::client_list FROM client_list_source s WHERE s.id = ANY (ids) ORDER BY s.id);
  IF old IS DISTINCT FROM fresh THEN
    DELETE FROM client_list WHERE id = ANY (ids);
    INSERT INTO client_list SELECT (f).* FROM unnest(fresh) AS f;
    PERFORM move_bits(old, fresh);
  END IF;

  -- The lists of the reseller that an account left are others now as well.
  PERFORM tenant_changed(ARRAY(SELECT reseller_id FROM unnest(old || fresh)));
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION refresh_users(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  old user_list[];
BEGIN
  PERFORM FROM users WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
  old := ARRAY(SELECT l FROM user_list l WHERE l.id = ANY (ids));
  INSERT INTO user_list SELECT * FROM user_list_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, doc) = (SELECT excluded.reseller_id, excluded.doc);
  PERFORM tenant_changed(ARRAY[reseller_id], sum(change)::bigint)
  FROM (SELECT reseller_id, 1 AS change FROM user_list WHERE id = ANY (ids) UNION ALL SELECT reseller_id, -1 FROM unnest(old)) AS moved
  GROUP BY reseller_id ORDER BY reseller_id;
  PERFORM enter_scope(before);
END $$;

-- A user with its accounts, an account with its people.
CREATE FUNCTION refresh_user(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM refresh_clients(ARRAY(SELECT accounts_of(id_)));
  PERFORM refresh_users(ARRAY[id_]);
  PERFORM enter_scope(before);
END $$;

CREATE FUNCTION refresh_client_and_people(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM refresh_clients(ARRAY[id_]);
  PERFORM refresh_users(ARRAY(SELECT people_of(id_)));
  PERFORM enter_scope(before);
END $$;

-- Bits and numbers of users from the lists as they stand, after a load. Keeps every change waiting (reeve check repairs without). Takes a second for some ten thousand clients.
CREATE FUNCTION count_anew() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE client_list, user_list, client_bits, tenant_versions IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM client_bits;
  INSERT INTO client_bits SELECT p.facet, p.value, (c.x).reseller_id, (c.x).id / 4096, bit_or(client_bit((c.x).id))
    FROM (SELECT x FROM client_list AS x OFFSET 0) AS c, client_facets(c.x) AS p GROUP BY 1, 2, 3, 4;
  UPDATE tenant_versions SET version = version + 1, users = 0;
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT reseller_id, 0, count(*) FROM user_list GROUP BY reseller_id
    ON CONFLICT (reseller_id, stripe) DO UPDATE SET users = excluded.users;
$$;
