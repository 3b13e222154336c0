-- expand: versions of lists that are equal only where the same was changed, and a mark by which a standby is known.

ALTER TABLE tenant_versions ALTER version SET DEFAULT (random() * 72057594037927936)::bigint;
COMMENT ON TABLE tenant_versions IS 'The version of a reseller''s data: its sum over the stripes differs after every transaction that changes what a list could show. A stripe takes a random number, so that two sums are equal only if the same transactions are in both, whatever their order and on whichever server. Connections have stripes of their own, so that concurrent changes do not wait for each other.';

CREATE OR REPLACE FUNCTION bump_tenant_version(resellers bigint[], users bigint DEFAULT 0) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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

CREATE OR REPLACE FUNCTION rebuild_counts() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE client_list, user_list, client_bits, tenant_versions IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM client_bits;
  INSERT INTO client_bits SELECT p.facet, p.value, (c.x).id / 4096, bit_or(client_bit((c.x).id))
    FROM (SELECT x FROM client_list AS x OFFSET 0) AS c, client_facets(c.x) AS p GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  UPDATE tenant_versions SET version = DEFAULT, users = 0;
  INSERT INTO tenant_versions AS t (reseller_id, stripe, users) SELECT reseller_id, 0, count(*) FROM user_list GROUP BY reseller_id
    ON CONFLICT (reseller_id, stripe) DO UPDATE SET users = excluded.users;
$$;

CREATE TABLE replication_mark (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  server_started timestamptz NOT NULL,
  mark uuid NOT NULL
);
COMMENT ON TABLE replication_mark IS 'A random mark that changes whenever another PostgreSQL process becomes the primary: at each of its starts, and at a promotion. A standby that has it has replayed what that primary wrote (docs/decisions/0029-standby-reads.md).';
