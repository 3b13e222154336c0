-- The read model of the two big lists: one document per client and per user as the contract shows it, beside the columns it is
-- filtered and ordered by. The views say what a row must be; refresh_* copy them and are the one way to write the tables.
-- A document holds what is the client's own. What its reseller decides for all (domain, products available by default) and who asks is put
-- in front when it is read, so that a change for a whole reseller rewrites no document.
-- The tables are outside row-level security (LIKE is not leakproof, so a trigram index would never be used under it):
-- they are read only by the query functions of resources/clients and resources/users, which name the tenant.

CREATE FUNCTION json_time(value timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Written out: put together from role_name for each user, it was half of what a row of the views costs.
CREATE FUNCTION role_groups(role_id int) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE role_id WHEN 1 THEN '[{"id":1,"name":"Administrators"}]'::json WHEN 2 THEN '[{"id":2,"name":"Users"}]'::json
    WHEN 5 THEN '[{"id":5,"name":"Engineers"}]'::json WHEN 3009 THEN '[{"id":3009,"name":"Purge and Prefetch only (API+Web)"}]'::json
    WHEN 3022 THEN '[{"id":3022,"name":"Purge and Prefetch only (API)"}]'::json ELSE '[]'::json END;

-- row_to_json and array_to_json are the only builders of JSON text without blanks. right(…, -1) cuts the brace off without counting
-- the characters, as substr(…, 2) would.
CREATE VIEW client_rows WITH (security_invoker = true) AS
SELECT c.id, c.reseller_id, c.seller_id, c.client_type, c.status::text, c.deleted_at IS NOT NULL AS deleted,
  coalesce(o.activated_at IS NOT NULL, false) AS activated,
  c.is_test, c.bill_type::text, c.country_code, c.allowed_traffic, c.created_at,
  s.cdn, s.storage, s.streaming, s.ddos, s.dns, s.cloud, s.infrastructure_protection, s.connect,
  fold(c.email) AS email, fold(c.company_name) AS company_name, fold(c.name) AS name,
  fold(c.custom_id) AS custom_id, fold(c.promocode) AS promocode,
  coalesce(u.emails, '') AS users_email, coalesce(u.names, '') AS users_name, coalesce(h.hostnames, '') AS hostnames,
  ARRAY(SELECT feature_id FROM client_features WHERE client_id = c.id ORDER BY 1) AS features, coalesce(a.personal, '{}') AS personal, coalesce(a.withheld, '{}') AS withheld,
  right((SELECT row_to_json(d) FROM (SELECT
    c.id,
    coalesce(u.docs, '[]') AS users,
    c.email, c.phone, c.name, c.status, c.company_name AS "companyName", c.website,
    coalesce(s.docs, '{}') AS "serviceStatuses",
    coalesce(f.paid, '{}') AS "paidFeatures",
    coalesce(f.free, '{}') AS "freeFeatures",
    c.signup_process, c.deleted_at IS NOT NULL AS deleted, c.bill_type, c.custom_id, c.country_code, c.is_test,
    coalesce(u.has_active_admin, false) AS has_active_admin,
    c.seller_id AS seller, c.reseller_id AS resellers, c.client_type, c.owner_id AS owner
  ) d)::text, -1) AS doc
FROM clients c
LEFT JOIN users o ON o.id = c.owner_id
LEFT JOIN LATERAL (
  SELECT array_to_json(array_agg((SELECT row_to_json(d) FROM (SELECT
      u.id, u.email, u.name, u.lang, u.phone, c.company_name AS company, u.reseller_id AS reseller, c.id AS client,
      u.deleted_at IS NOT NULL AS deleted, role_groups(m.role_id) AS groups, u.activated_at IS NOT NULL AS activated, u.sso_auth,
      u.totp_secret IS NOT NULL AS two_fa, u.auth_types) d) ORDER BY u.id)) AS docs,
    string_agg(fold(u.email), E'\x1f' ORDER BY u.id) AS emails,
    string_agg(fold(u.name), E'\x1f' ORDER BY u.id) AS names,
    bool_or(m.role_id = 1 AND u.is_active AND u.activated_at IS NOT NULL) AS has_active_admin
  FROM client_users m JOIN users u ON u.id = m.user_id
  WHERE m.client_id = c.id AND u.deleted_at IS NULL
) u ON true
LEFT JOIN LATERAL (
  SELECT max(status) FILTER (WHERE product = 'CDN') AS cdn, max(status) FILTER (WHERE product = 'STORAGE') AS storage,
    max(status) FILTER (WHERE product = 'STREAMING') AS streaming, max(status) FILTER (WHERE product = 'DDOS') AS ddos,
    max(status) FILTER (WHERE product = 'DNS') AS dns, max(status) FILTER (WHERE product = 'CLOUD') AS cloud,
    max(status) FILTER (WHERE product = 'INFRASTRUCTURE_PROTECTION') AS infrastructure_protection,
    max(status) FILTER (WHERE product = 'CONNECT') AS connect,
    -- The documented object has six keys; the two other products are filtered by, never shown.
    ('{' || string_agg('"' || product || '":{"status":"' || status || '","enabled":' || enabled || '}', ',' ORDER BY product)
      FILTER (WHERE product NOT IN ('INFRASTRUCTURE_PROTECTION', 'CONNECT')) || '}')::json AS docs
  FROM services WHERE client_id = c.id
) s ON true
LEFT JOIN LATERAL (
  -- A product without free (or paid) features is left out: || with null is null, which string_agg passes over.
  SELECT ('{' || string_agg('"' || product || '":' || paid, ',' ORDER BY product) || '}')::json AS paid,
    ('{' || string_agg('"' || product || '":' || free, ',' ORDER BY product) || '}')::json AS free
  FROM (
    SELECT f.product,
      array_to_json(array_agg((SELECT row_to_json(d) FROM (SELECT f.id AS feature_id, f.product AS service, f.name,
        json_time(e.created_at) AS create_date, e.id AS paid_feature_id) d) ORDER BY f.id) FILTER (WHERE NOT f.is_free)) AS paid,
      array_to_json(array_agg((SELECT row_to_json(d) FROM (SELECT f.id AS feature_id, f.product AS service, f.name,
        json_time(e.created_at) AS create_date, e.id AS free_feature_id) d) ORDER BY f.id) FILTER (WHERE f.is_free)) AS free
    FROM client_features e JOIN features f ON f.id = e.feature_id
    WHERE e.client_id = c.id
    GROUP BY f.product
  ) by_product
) f ON true
LEFT JOIN LATERAL (
  SELECT string_agg(fold(hostname), E'\x1f' ORDER BY hostname COLLATE "C") AS hostnames FROM client_hostnames WHERE client_id = c.id
) h ON true
LEFT JOIN LATERAL (
  SELECT array_agg(product::text ORDER BY product COLLATE "C") FILTER (WHERE available) AS personal,
    array_agg(product::text ORDER BY product COLLATE "C") FILTER (WHERE NOT available) AS withheld
  FROM client_availability WHERE client_id = c.id
) a ON true;

CREATE TABLE client_list AS SELECT * FROM client_rows WITH NO DATA;
ALTER TABLE client_list ADD PRIMARY KEY (id);
ALTER TABLE client_list ALTER reseller_id SET NOT NULL, ALTER doc SET NOT NULL;

CREATE VIEW user_rows WITH (security_invoker = true) AS
SELECT u.id, u.reseller_id,
  (SELECT row_to_json(d) FROM (SELECT
    u.id, u.email, u.name, u.lang, u.phone, c.company_name AS company, u.reseller_id AS reseller, u.client_id AS client,
    u.deleted_at IS NOT NULL AS deleted, role_groups(m.role_id) AS groups, u.activated_at IS NOT NULL AS activated, u.sso_auth,
    u.totp_secret IS NOT NULL AS two_fa, u.auth_types, u.user_type, u.is_active,
    coalesce(r.docs, '[]') AS client_and_roles) d)::text AS doc
FROM users u
JOIN clients c ON c.id = u.client_id
LEFT JOIN client_users m ON m.client_id = u.client_id AND m.user_id = u.id
LEFT JOIN LATERAL (
  SELECT array_to_json(array_agg((SELECT row_to_json(d) FROM (SELECT
      a.id AS client_id, a.company_name AS client_company_name, u.id AS user_id, ARRAY[r.role_id::text] AS user_roles) d) ORDER BY a.id)) AS docs
  FROM client_users r JOIN clients a ON a.id = r.client_id
  WHERE r.user_id = u.id
) r ON true;

CREATE TABLE user_list AS SELECT * FROM user_rows WITH NO DATA;
ALTER TABLE user_list ADD PRIMARY KEY (id);
ALTER TABLE user_list ALTER reseller_id SET NOT NULL, ALTER doc SET NOT NULL;

-- Documents of about 2 KB: lz4 costs a fifth of pglz to read. A server built without it keeps its default.
DO $$ BEGIN
  ALTER TABLE client_list ALTER doc SET COMPRESSION lz4;
  ALTER TABLE user_list ALTER doc SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- Call these last in the transaction that changed anything the views read of these clients or users. The lock comes first, in
-- order of id, and the copy is a statement of its own: so of two transactions that change one account the second sees the first.
CREATE FUNCTION refresh_clients(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM clients WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
  INSERT INTO client_list SELECT * FROM client_rows WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET
    (reseller_id, seller_id, client_type, status, deleted, activated, is_test, bill_type, country_code, allowed_traffic, created_at,
      cdn, storage, streaming, ddos, dns, cloud, infrastructure_protection, connect,
      email, company_name, name, custom_id, promocode, users_email, users_name, hostnames, features, personal, withheld, doc)
    = (SELECT excluded.reseller_id, excluded.seller_id, excluded.client_type, excluded.status, excluded.deleted, excluded.activated,
      excluded.is_test, excluded.bill_type, excluded.country_code, excluded.allowed_traffic, excluded.created_at,
      excluded.cdn, excluded.storage, excluded.streaming, excluded.ddos, excluded.dns, excluded.cloud,
      excluded.infrastructure_protection, excluded.connect,
      excluded.email, excluded.company_name, excluded.name, excluded.custom_id, excluded.promocode,
      excluded.users_email, excluded.users_name, excluded.hostnames, excluded.features, excluded.personal, excluded.withheld, excluded.doc);
END $$;

CREATE FUNCTION refresh_users(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
  INSERT INTO user_list SELECT * FROM user_rows WHERE id = ANY (ids)
  ON CONFLICT (id) DO UPDATE SET (reseller_id, doc) = (SELECT excluded.reseller_id, excluded.doc);
END $$;

-- The orders of the contract, each with its ties by id, within one reseller.
CREATE INDEX client_list_id ON client_list (reseller_id, id);
CREATE INDEX client_list_email ON client_list (reseller_id, email, id);
CREATE INDEX client_list_name ON client_list (reseller_id, name, id);
CREATE INDEX client_list_status ON client_list (reseller_id, status, id);
CREATE INDEX client_list_company_name ON client_list (reseller_id, company_name, id);
CREATE INDEX client_list_created_at ON client_list (reseller_id, created_at, id);
CREATE INDEX client_list_seller ON client_list (reseller_id, seller_id, id);
CREATE INDEX client_list_features ON client_list USING gin (features);
CREATE INDEX client_list_search ON client_list USING gin (email gin_trgm_ops, company_name gin_trgm_ops, name gin_trgm_ops,
  custom_id gin_trgm_ops, promocode gin_trgm_ops, users_email gin_trgm_ops, users_name gin_trgm_ops, hostnames gin_trgm_ops);
CREATE INDEX user_list_id ON user_list (reseller_id, id);
