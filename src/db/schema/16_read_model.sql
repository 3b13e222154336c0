-- The read model of the two big lists. client_list and client_user_search hold what clients are filtered and ordered by, client_documents and
-- user_list one JSON document per row as the contract shows it. Each table has a view, <table>_source, that says what its rows must be. The
-- functions of 18_refresh.sql copy the views and are the only writers. A client's document holds what is the client's own. What its reseller
-- decides for all (domain, products available by default) and who asks is put in front of it when it is read, so that a change for a whole
-- reseller rewrites no document. The tables are outside row-level security, because LIKE is not leakproof and a trigram index would never be used
-- under it. They are read only by the query functions of clients and users, which name the tenant.

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
COMMENT ON VIEW client_list_source IS 'What the rows of client_list must be.';

CREATE TABLE client_list (
  id bigint PRIMARY KEY,
  reseller_id bigint NOT NULL,
  seller_id bigint,
  client_type text,
  status text,
  deleted boolean,
  activated boolean, -- whether the owner is
  is_test boolean,
  bill_type text,
  country_code text,
  allowed_traffic double precision,
  created_at timestamptz,
  cdn text, -- the status of each service
  storage text,
  streaming text,
  ddos text,
  dns text,
  cloud text,
  infrastructure_protection text,
  connect text,
  email text, -- this and what follows is folded
  company_name text COLLATE "C",
  name text,
  custom_id text,
  promocode text,
  hostnames text, -- joined with U+001F
  features int[],
  personal text[] -- products available by the client's own settings
) WITH (
  fillfactor = 95,
  -- Autovacuum keeps the visibility map, without which an index-only scan visits every row.
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0
);
COMMENT ON TABLE client_list IS 'What a client is filtered and ordered by. Documents lie apart, so that a scan of a million rows reads few pages.';
-- The orders of the contract within one reseller, ties by id. Descending orders have ties and nulls at the other end and need an index of their
-- own; each index is read from both ends. Thousands of clients may have one name: what orders them further is in its indexes too, so that sorting
-- them reads no rows. Not so company_name, with which a row of the index could exceed what PostgreSQL allows.
CREATE INDEX client_list_id ON client_list (reseller_id, id);
CREATE INDEX client_list_email ON client_list (reseller_id, email, id);
CREATE INDEX client_list_email_desc ON client_list (reseller_id, email DESC NULLS LAST, id);
CREATE INDEX client_list_name ON client_list (reseller_id, name, id) INCLUDE (email, status, created_at);
CREATE INDEX client_list_name_desc ON client_list (reseller_id, name DESC NULLS LAST, id) INCLUDE (email, status, created_at);
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

CREATE VIEW client_user_search_source WITH (security_invoker = true) AS
SELECT c.id, c.reseller_id,
  coalesce(string_agg(u.email_folded, E'\x1f' ORDER BY u.id), '') AS users_email,
  coalesce(string_agg(fold(u.name), E'\x1f' ORDER BY u.id), '') AS users_name
FROM clients c
LEFT JOIN (client_users m JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL) ON m.client_id = c.id
GROUP BY c.id;
COMMENT ON VIEW client_user_search_source IS 'What the rows of client_user_search must be.';

CREATE TABLE client_user_search (
  id bigint PRIMARY KEY,
  reseller_id bigint NOT NULL,
  users_email text COLLATE "C" NOT NULL, -- folded, joined with U+001F
  users_name text NOT NULL
) WITH (
  fillfactor = 95, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0
);
COMMENT ON TABLE client_user_search IS 'The emails and names of the users of a client, by which it is found. They change most often and are in no order: kept apart, a rename touches one index.';
CREATE INDEX client_user_search_texts ON client_user_search USING gin (users_email gin_trgm_ops, users_name gin_trgm_ops);

CREATE TABLE stale_user_searches (id bigint PRIMARY KEY);
COMMENT ON TABLE stale_user_searches IS 'A client whose row of client_user_search lacks users whom a directory added of late. Upkeep makes it anew.';

-- row_to_json and array_to_json are the only functions that build JSON text without blanks. The text begins after the opening brace: right(…, -1)
-- cuts it off without counting characters, as substr(…, 2) would.
CREATE VIEW client_documents_source WITH (security_invoker = true) AS
SELECT c.id, c.reseller_id,
  ARRAY(SELECT product::text FROM client_availability WHERE client_id = c.id AND available ORDER BY product COLLATE "C") AS personal,
  ARRAY(SELECT product::text FROM client_availability WHERE client_id = c.id AND NOT available ORDER BY product COLLATE "C") AS withheld,
  right((SELECT row_to_json(d) FROM (SELECT
    c.id,
    coalesce(u.docs, '[]') AS users,
    c.email, c.phone, c.name, c.status, c.company_name AS "companyName", c.website,
    -- The documented object has six keys; the two other products are filtered by, never shown.
    (SELECT ('{' || coalesce(string_agg('"' || product || '":{"status":"' || status || '","enabled":' || enabled || '}', ',' ORDER BY product), '') || '}')::json
      FROM services WHERE client_id = c.id AND product NOT IN ('INFRASTRUCTURE_PROTECTION', 'CONNECT')) AS "serviceStatuses",
    coalesce(f.paid, '{}') AS "paidFeatures",
    coalesce(f.free, '{}') AS "freeFeatures",
    c.signup_process, c.deleted_at IS NOT NULL AS deleted, c.bill_type, c.custom_id, c.country_code, c.is_test,
    coalesce(u.has_active_admin, false) AS has_active_admin,
    c.seller_id AS seller, c.reseller_id AS resellers, c.client_type, c.owner_id AS owner
  ) d)::text, -1) AS doc
FROM clients c
LEFT JOIN LATERAL (
  SELECT array_to_json(array_agg((SELECT row_to_json(d) FROM (SELECT
      u.id, u.email, u.name, u.lang, u.phone, c.company_name AS company, u.reseller_id AS reseller, c.id AS client,
      u.deleted_at IS NOT NULL AS deleted, role_groups(m.role_id) AS groups, u.activated_at IS NOT NULL AS activated, u.sso_auth,
      u.totp_secret IS NOT NULL AS two_fa, u.auth_types) d) ORDER BY u.id)) AS docs,
    bool_or(m.role_id = 1 AND u.is_active AND u.activated_at IS NOT NULL AND m.deactivated_at IS NULL) AS has_active_admin
  FROM client_users m JOIN users u ON u.id = m.user_id
  WHERE m.client_id = c.id AND u.deleted_at IS NULL
) u ON true
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
) f ON true;
COMMENT ON VIEW client_documents_source IS 'What the rows of client_documents must be.';

CREATE TABLE client_documents (
  id bigint PRIMARY KEY,
  reseller_id bigint NOT NULL,
  personal text[], -- products that the client's own settings allow
  withheld text[], -- and those that they refuse
  doc text -- null while it is stale
) WITH (toast_tuple_target = 8160, fillfactor = 85);
COMMENT ON TABLE client_documents IS 'The JSON document of a client, as the contract shows it. Changes make it stale; it is made when it is read, and stored by upkeep.';
CREATE INDEX client_documents_stale ON client_documents (id) WHERE doc IS NULL;
-- A document of about 2 KB stays in its row, uncompressed: it is read far more often than written. A row that changes in no indexed column is
-- rewritten on its page without touching an index.
ALTER TABLE client_documents ALTER doc SET STORAGE EXTERNAL;

CREATE VIEW user_list_source WITH (security_invoker = true) AS
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
      a.id AS client_id, a.company_name AS client_company_name, u.id AS user_id, ARRAY[r.role_id::text] AS user_roles,
      r.deactivated_at IS NULL AS is_active) d) ORDER BY a.id)) AS docs
  FROM client_users r JOIN clients a ON a.id = r.client_id
  WHERE r.user_id = u.id
) r ON true;
COMMENT ON VIEW user_list_source IS 'What the rows of user_list must be.';

CREATE TABLE user_list (
  id bigint PRIMARY KEY,
  reseller_id bigint NOT NULL,
  doc text -- null while it is stale
) WITH (toast_tuple_target = 8160, fillfactor = 85);
COMMENT ON TABLE user_list IS 'The JSON document of a user, as the contract shows it.';
CREATE INDEX user_list_stale ON user_list (id) WHERE doc IS NULL;
ALTER TABLE user_list ALTER doc SET STORAGE EXTERNAL;
CREATE INDEX user_list_id ON user_list (reseller_id, id);

-- Makes a stale document, from the snapshot of the calling statement, and complete, whoever asks. COST 1, because few documents are stale and the
-- planner must not weigh it. A statement that may call it runs without parallel workers, which cannot change settings. Callers: the queries of
-- the two lists and store_documents.
CREATE FUNCTION client_document(of_client bigint) RETURNS text LANGUAGE plpgsql STABLE COST 1 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  made text := (SELECT doc FROM client_documents_source WHERE id = of_client);
BEGIN
  PERFORM enter_scope(before);
  RETURN made;
END $$;
CREATE FUNCTION user_document(of_user bigint) RETURNS text LANGUAGE plpgsql STABLE COST 1 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  before text := enter_scope('system');
  made text := (SELECT doc FROM user_list_source WHERE id = of_user);
BEGIN
  PERFORM enter_scope(before);
  RETURN made;
END $$;
