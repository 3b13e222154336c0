-- Counts of the lists: bitmaps of clients, and the version and the number of users of each reseller.

CREATE TABLE client_bits (
  facet text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  block bigint NOT NULL, -- id / 4096
  bits bit(4096) NOT NULL, -- bit id % 4096 says whether that client has the value
  PRIMARY KEY (facet, value, block)
) WITH (fillfactor = 85);
COMMENT ON TABLE client_bits IS 'A bitmap index as a table. A count of any filters is the number of bits left when the blocks of all facets are ANDed. The reseller is a facet like any other. Numbers are bit-sliced: value 5 of such a facet holds the clients whose number has bit 5.';
ALTER TABLE client_bits ALTER bits SET STORAGE PLAIN;

CREATE TABLE tenant_versions (
  reseller_id bigint NOT NULL,
  stripe int NOT NULL,
  version bigint NOT NULL DEFAULT (random() * 72057594037927936)::bigint, -- below 2^56: the sum of 64 is a bigint
  users bigint NOT NULL DEFAULT 0, -- added less removed by this stripe: the sum is how many there are
  PRIMARY KEY (reseller_id, stripe)
) WITH (fillfactor = 30);
COMMENT ON TABLE tenant_versions IS 'The version of a reseller''s data: its sum over the stripes differs after every transaction that changes what a list could show. A stripe takes a random number, so that two sums are equal only if the same transactions are in both, whatever their order and on whichever server. Connections have stripes of their own, so that concurrent changes do not wait for each other.';

-- 4096 zeros with the bit of `id` set. Callers: the functions below and src/db/check.ts.
CREATE FUNCTION client_bit(id bigint) RETURNS bit(4096) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN set_bit(repeat('0', 4096)::bit(4096), (id % 4096)::int, 1);

-- The bits that are set in a whole number of up to 20 bits. A smaller number counts as 0, a larger one as the largest.
-- Callers: client_facets, and the counts of list.bits.ts.
CREATE FUNCTION bit_slices(number double precision) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT k::text FROM generate_series(0, 19) AS k WHERE (greatest(0, least(floor(number), 1048575))::int >> k) & 1 = 1
$$;

-- The facets and values by which a client is counted. Numbers: whole gigabytes of traffic, and the day (UTC) of its creation since 1970.
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

-- Flips the bits in which the old and the new rows differ, in order of the key, so that concurrent changes of one block do not deadlock.
-- Callers: copy_clients and reset_availability.
CREATE FUNCTION apply_bit_delta(old client_list[], fresh client_list[]) RETURNS void LANGUAGE sql AS $$
  WITH was AS MATERIALIZED (SELECT p.facet, p.value, (o.x).id FROM (SELECT x FROM unnest(old) AS x OFFSET 0) AS o, client_facets(o.x) AS p),
  is_now AS MATERIALIZED (SELECT p.facet, p.value, (f.x).id FROM (SELECT x FROM unnest(fresh) AS x OFFSET 0) AS f, client_facets(f.x) AS p)
  INSERT INTO client_bits AS b
  SELECT facet, value, id / 4096, bit_or(client_bit(id))
  FROM ((TABLE was EXCEPT TABLE is_now) UNION ALL (TABLE is_now EXCEPT TABLE was)) AS differing
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (facet, value, block) DO UPDATE SET bits = b.bits # excluded.bits
$$;

-- Callers: createVersions(), and the page reader in the statement that reads a page.
CREATE FUNCTION tenant_version(of_reseller bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(sum(version), 0)::bigint FROM tenant_versions WHERE reseller_id = of_reseller);

-- Records that the lists of these resellers may have changed, and how many users they gained. Every change of what lists show ends here: refresh_*
-- call it, and resellerChanged() for a change of a whole reseller. Updates first, because the row nearly always exists.
CREATE FUNCTION bump_tenant_version(resellers bigint[], users bigint DEFAULT 0) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  own int := pg_backend_pid() % 64;
  r bigint;
BEGIN
  FOR r IN SELECT DISTINCT one FROM unnest(resellers) AS one ORDER BY one LOOP
    UPDATE tenant_versions t SET version = DEFAULT, users = t.users + bump_tenant_version.users WHERE t.reseller_id = r AND t.stripe = own;
    IF NOT FOUND THEN
      INSERT INTO tenant_versions AS t (reseller_id, stripe, users) VALUES (r, own, bump_tenant_version.users)
      ON CONFLICT (reseller_id, stripe) DO UPDATE SET version = DEFAULT, users = t.users + excluded.users;
    END IF;
  END LOOP;
END $$;

-- Rebuilds bitmaps and numbers of users from the lists, after a load (loadWorld()). Blocks every change meanwhile (reeve check repairs without).
-- Takes a second for some twenty thousand clients. Rows are inserted in order of the key: the blocks of one value, which a count reads, lie side
-- by side.
CREATE FUNCTION rebuild_counts() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE client_list, user_list, client_bits, tenant_versions IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM client_bits;
  INSERT INTO client_bits SELECT p.facet, p.value, (c.x).id / 4096, bit_or(client_bit((c.x).id))
    FROM (SELECT x FROM client_list AS x OFFSET 0) AS c, client_facets(c.x) AS p GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  UPDATE tenant_versions SET version = DEFAULT, users = 0;
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT reseller_id, 0, count(*) FROM user_list GROUP BY reseller_id
    ON CONFLICT (reseller_id, stripe) DO UPDATE SET users = excluded.users;
$$;
