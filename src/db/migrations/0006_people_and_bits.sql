-- The read model at a million clients: texts of people apart from the list, bits without tenants and in slices, look-ups by folded columns.

-- A column and not an expression: under row-level security an index serves a condition only where all of its functions are leakproof, and lower()
-- is not, while text = text is. The rewritten tables leave room on each page, so that a row which changes in no indexed column stays on its own.
ALTER TABLE users SET (fillfactor = 90);
ALTER TABLE users ADD email_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(email)) STORED;
DROP INDEX users_email_is_unique;
CREATE UNIQUE INDEX users_email_is_unique ON users (email_folded) WHERE deleted_at IS NULL;
ALTER TABLE clients SET (fillfactor = 90);
ALTER TABLE clients ADD company_folded text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(company_name)) STORED;
DROP INDEX clients_company_is_unique;
CREATE UNIQUE INDEX clients_company_is_unique ON clients (reseller_id, company_folded) WHERE deleted_at IS NULL;

-- Functions over the list's row type, which changes.
DROP FUNCTION move_bits(client_list[], client_list[]);
DROP FUNCTION client_facets(client_list);
DROP FUNCTION created_bucket(timestamptz);
DROP VIEW client_list_source;

-- What accounts are found by of their people: apart, because it changes most often and is in no order; a rename touches one index of texts and
-- none of the list.
CREATE VIEW client_people_source WITH (security_invoker = true) AS
SELECT c.id, c.reseller_id,
  coalesce(string_agg(u.email_folded, E'\x1f' ORDER BY u.id), '') AS users_email,
  coalesce(string_agg(fold(u.name), E'\x1f' ORDER BY u.id), '') AS users_name
FROM clients c
LEFT JOIN (client_users m JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL) ON m.client_id = c.id
GROUP BY c.id;

CREATE VIEW client_list_source WITH (security_invoker = true) AS
SELECT c.id, c.reseller_id, c.seller_id, c.client_type, c.status::text, c.deleted_at IS NOT NULL AS deleted,
  coalesce(o.activated_at IS NOT NULL, false) AS activated,
  c.is_test, c.bill_type::text, c.country_code, c.allowed_traffic, c.created_at,
  s.cdn, s.storage, s.streaming, s.ddos, s.dns, s.cloud, s.infrastructure_protection, s.connect,
  fold(c.email) AS email, c.company_folded AS company_name, fold(c.name) AS name,
  fold(c.custom_id) AS custom_id, fold(c.promocode) AS promocode,
  coalesce((SELECT string_agg(fold(hostname), E'\x1f' ORDER BY hostname COLLATE "C") FROM client_hostnames WHERE client_id = c.id), '') AS hostnames,
  ARRAY(SELECT feature_id FROM client_features WHERE client_id = c.id ORDER BY 1) AS features,
  ARRAY(SELECT product::text FROM client_availability WHERE client_id = c.id AND available ORDER BY product COLLATE "C") AS personal
FROM clients c
LEFT JOIN users o ON o.id = c.owner_id
LEFT JOIN LATERAL (
  SELECT max(status) FILTER (WHERE product = 'CDN') AS cdn, max(status) FILTER (WHERE product = 'STORAGE') AS storage,
    max(status) FILTER (WHERE product = 'STREAMING') AS streaming, max(status) FILTER (WHERE product = 'DDOS') AS ddos,
    max(status) FILTER (WHERE product = 'DNS') AS dns, max(status) FILTER (WHERE product = 'CLOUD') AS cloud,
    max(status) FILTER (WHERE product = 'INFRASTRUCTURE_PROTECTION') AS infrastructure_protection,
    max(status) FILTER (WHERE product = 'CONNECT') AS connect
  FROM services WHERE client_id = c.id
) s ON true;

-- Made from the rows there are, in order of id: an old list is parted in two.
ALTER TABLE client_list RENAME TO client_list_before;
CREATE TABLE client_list AS SELECT * FROM client_list_source WITH NO DATA;
CREATE TABLE client_people AS SELECT * FROM client_people_source WITH NO DATA;
INSERT INTO client_list SELECT id, reseller_id, seller_id, client_type, status, deleted, activated, is_test, bill_type, country_code, allowed_traffic,
  created_at, cdn, storage, streaming, ddos, dns, cloud, infrastructure_protection, connect, email, company_name, name, custom_id, promocode,
  hostnames, features, personal FROM client_list_before ORDER BY id;
INSERT INTO client_people SELECT id, reseller_id, users_email, users_name FROM client_list_before ORDER BY id;
DROP TABLE client_list_before;

ALTER TABLE client_list ADD PRIMARY KEY (id);
ALTER TABLE client_list ALTER reseller_id SET NOT NULL;
ALTER TABLE client_people ADD PRIMARY KEY (id);
ALTER TABLE client_people ALTER reseller_id SET NOT NULL, ALTER users_email SET NOT NULL, ALTER users_name SET NOT NULL;
-- Autovacuum keeps the visibility map, without which an index-only scan visits every row.
ALTER TABLE client_list SET (fillfactor = 95, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE client_people SET (fillfactor = 95, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX client_list_id ON client_list (reseller_id, id);
CREATE INDEX client_list_email ON client_list (reseller_id, email, id);
CREATE INDEX client_list_email_desc ON client_list (reseller_id, email DESC NULLS LAST, id);
CREATE INDEX client_list_name ON client_list (reseller_id, name, id);
CREATE INDEX client_list_name_desc ON client_list (reseller_id, name DESC NULLS LAST, id);
CREATE INDEX client_list_status ON client_list (reseller_id, status, id);
CREATE INDEX client_list_status_desc ON client_list (reseller_id, status DESC NULLS LAST, id);
CREATE INDEX client_list_company_name ON client_list (reseller_id, company_name, id);
CREATE INDEX client_list_company_name_desc ON client_list (reseller_id, company_name DESC NULLS LAST, id);
CREATE INDEX client_list_created_at ON client_list (reseller_id, created_at, id);
CREATE INDEX client_list_created_at_desc ON client_list (reseller_id, created_at DESC NULLS LAST, id);
CREATE INDEX client_list_traffic ON client_list (reseller_id, allowed_traffic, id);
CREATE INDEX client_list_seller ON client_list (reseller_id, seller_id, id);
CREATE INDEX client_list_search ON client_list USING gin (email gin_trgm_ops, company_name gin_trgm_ops, name gin_trgm_ops,
  custom_id gin_trgm_ops, promocode gin_trgm_ops, hostnames gin_trgm_ops);
CREATE INDEX client_people_search ON client_people USING gin (users_email gin_trgm_ops, users_name gin_trgm_ops);

-- A bitmap index as a table: bit id % 4096 of block id / 4096 says whether that client has the value in the facet. The tenant is a facet like
-- any other and is anded in: with the reseller in the key, a thousand small resellers whose ids lie among those of a large one had 97 % of it.
-- What is filtered by range is kept as a number in slices: the facet's value '5' holds the clients whose number has bit 5.
DROP TABLE client_bits;
CREATE TABLE client_bits (
  facet text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  block bigint NOT NULL,
  bits bit(4096) NOT NULL,
  PRIMARY KEY (facet, value, block)
) WITH (fillfactor = 85);
ALTER TABLE client_bits ALTER bits SET STORAGE PLAIN;

-- The bits that are set in a number of up to 20, whose lowest is 0; what is beyond counts as the end of that.
CREATE FUNCTION bit_slices(number double precision) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT k::text FROM generate_series(0, 19) AS k WHERE (greatest(0, least(floor(number), 1048575))::int >> k) & 1 = 1
$$;

-- The values by which a client is counted. Ranges: whole gigabytes of traffic, days (UTC) since 1970 of its creation.
CREATE FUNCTION client_facets(c client_list) RETURNS TABLE (facet text, value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT facet, value FROM (VALUES
    ('all', ''), ('reseller_id', c.reseller_id::text), ('seller_id', c.seller_id::text), ('client_type', c.client_type), ('status', c.status), ('deleted', c.deleted::text),
    ('activated', c.activated::text), ('is_test', c.is_test::text), ('bill_type', c.bill_type), ('country_code', coalesce(c.country_code, '')),
    ('cdn', c.cdn), ('storage', c.storage), ('streaming', c.streaming), ('ddos', c.ddos), ('dns', c.dns), ('cloud', c.cloud),
    ('infrastructure_protection', c.infrastructure_protection), ('connect', c.connect)
  ) AS one (facet, value) WHERE value IS NOT NULL
  UNION ALL SELECT 'features', feature::text FROM unnest(c.features) AS feature
  UNION ALL SELECT 'personal', product FROM unnest(c.personal) AS product
  UNION ALL SELECT 'allowed_traffic', slice FROM bit_slices(c.allowed_traffic) AS slice
  UNION ALL SELECT 'created_at', slice FROM bit_slices(floor(extract(epoch FROM c.created_at AT TIME ZONE 'UTC') / 86400)::double precision) AS slice
$$;

-- Turns the bits in which the two differ: one pass in order of the key, so that two changes in one block never wait for each other in a circle.
CREATE FUNCTION move_bits(old client_list[], fresh client_list[]) RETURNS void LANGUAGE sql AS $$
  WITH was AS MATERIALIZED (SELECT p.facet, p.value, (o.x).id FROM (SELECT x FROM unnest(old) AS x OFFSET 0) AS o, client_facets(o.x) AS p),
  is_now AS MATERIALIZED (SELECT p.facet, p.value, (f.x).id FROM (SELECT x FROM unnest(fresh) AS x OFFSET 0) AS f, client_facets(f.x) AS p)
  INSERT INTO client_bits AS b
  SELECT facet, value, id / 4096, bit_or(client_bit(id))
  FROM ((TABLE was EXCEPT TABLE is_now) UNION ALL (TABLE is_now EXCEPT TABLE was)) AS differing
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (facet, value, block) DO UPDATE SET bits = b.bits # excluded.bits
$$;

-- Every change of what lists show ends here; refresh_* call it themselves, a change for a whole reseller calls it alone.
CREATE OR REPLACE FUNCTION tenant_changed(resellers bigint[], users bigint DEFAULT 0) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT DISTINCT r, pg_backend_pid() % 64, tenant_changed.users FROM unnest(resellers) AS r ORDER BY r
  ON CONFLICT (reseller_id, stripe) DO UPDATE SET version = t.version + 1, users = t.users + excluded.users;
END $$;

-- copy_* bring the rows of these clients or users up to what the views say, and answer the resellers whose lists may be others now. The lock comes
-- first, in order of id, and each copy is a statement of its own: so of two transactions that change one account the second sees the first.
CREATE FUNCTION copy_clients(ids bigint[]) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  old client_list[];
  fresh client_list[];
BEGIN
  PERFORM FROM clients WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

  INSERT INTO client_documents SELECT * FROM client_documents_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, personal, withheld, doc) = ROW(excluded.reseller_id, excluded.personal, excluded.withheld, excluded.doc);

  -- A row that stays as it is costs nothing: most changes show in the document alone.
  INSERT INTO client_people AS p SELECT * FROM client_people_source WHERE id = ANY (ids)
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
    PERFORM move_bits(old, fresh);
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
  INSERT INTO user_list SELECT * FROM user_list_source WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, doc) = ROW(excluded.reseller_id, excluded.doc);
  fresh := ARRAY(SELECT reseller_id FROM user_list WHERE id = ANY (ids) ORDER BY id);
  IF old <> fresh THEN
    PERFORM tenant_changed(ARRAY[r], sum(change)::bigint)
    FROM (SELECT r, 1 AS change FROM unnest(fresh) AS r UNION ALL SELECT r, -1 FROM unnest(old) AS r) AS moved GROUP BY r ORDER BY r;
  END IF;
  RETURN old || fresh;
END $$;

-- Call these last in the transaction that changed anything the views read of these clients or users.
CREATE OR REPLACE FUNCTION refresh_clients(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM tenant_changed(copy_clients(ids));
  PERFORM enter_scope(before);
END $$;

CREATE OR REPLACE FUNCTION refresh_users(ids bigint[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM tenant_changed(copy_users(ids));
  PERFORM enter_scope(before);
END $$;

-- A user with its accounts, an account with its people.
CREATE OR REPLACE FUNCTION refresh_user(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM tenant_changed(copy_clients(ARRAY(SELECT accounts_of(id_))) || copy_users(ARRAY[id_]));
  PERFORM enter_scope(before);
END $$;

CREATE OR REPLACE FUNCTION refresh_client_and_people(id_ bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE before text := enter_scope('system');
BEGIN
  PERFORM tenant_changed(copy_clients(ARRAY[id_]) || copy_users(ARRAY(SELECT people_of(id_))));
  PERFORM enter_scope(before);
END $$;

-- Bits and numbers of users from the lists as they stand, after a load. Keeps every change waiting (reeve check repairs without). Takes a second
-- for some twenty thousand clients. Rows go in by their key: the blocks of one value, which a count reads, lie side by side.
CREATE OR REPLACE FUNCTION count_anew() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE client_list, user_list, client_bits, tenant_versions IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM client_bits;
  INSERT INTO client_bits SELECT p.facet, p.value, (c.x).id / 4096, bit_or(client_bit((c.x).id))
    FROM (SELECT x FROM client_list AS x OFFSET 0) AS c, client_facets(c.x) AS p GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  UPDATE tenant_versions SET version = version + 1, users = 0;
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT reseller_id, 0, count(*) FROM user_list GROUP BY reseller_id
    ON CONFLICT (reseller_id, stripe) DO UPDATE SET users = excluded.users;
$$;
SELECT count_anew();

-- For the plans of an old database; a load makes its own.
ANALYZE users, clients, client_list, client_people, client_bits;
