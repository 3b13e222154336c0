-- What changes of availability and lists of features ask of a whole reseller.

-- Whether some account uses a product; only what is in use (src/resources/services/services.rules.ts) is kept.
CREATE INDEX services_in_use ON services (reseller_id, product, status, client_id) WHERE status IN ('trial', 'activating', 'active');
-- Which accounts have a setting of their own for a product.
CREATE INDEX client_availability_product ON client_availability (reseller_id, product, client_id);
CREATE INDEX client_features_reseller ON client_features (reseller_id, id);

CREATE FUNCTION without(items text[], taken text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ARRAY(SELECT item FROM unnest(items) WITH ORDINALITY AS one (item, place) WHERE item <> ALL (taken) ORDER BY place);

-- Of an account in client_list what its own settings show in.
CREATE FUNCTION own_settings(id bigint, reseller_id bigint, personal text[]) RETURNS client_list LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_populate_record(NULL::client_list, jsonb_build_object('id', id, 'reseller_id', reseller_id, 'personal', personal))
$$;

-- Takes these products out of the accounts' own settings. The read model follows as refresh_clients would make it, but at the cost of what
-- shows these settings: of a hundred thousand accounts at once nothing is made anew. Call it with the accounts locked, as the last step.
CREATE FUNCTION reset_availability(accounts bigint[], products text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE old client_list[];
BEGIN
  DELETE FROM client_availability WHERE client_id = ANY (accounts) AND product = ANY (products);

  UPDATE client_documents SET personal = without(personal, products), withheld = without(withheld, products)
  WHERE id = ANY (accounts) AND (personal && products OR withheld && products);

  -- Other columns are null in both and turn no bit.
  old := ARRAY(SELECT own_settings(id, reseller_id, personal) FROM client_list WHERE id = ANY (accounts) AND personal && products ORDER BY id);
  UPDATE client_list SET personal = without(personal, products) WHERE id = ANY (accounts) AND personal && products;
  PERFORM move_bits(old, ARRAY(SELECT own_settings(o.id, o.reseller_id, without(o.personal, products)) FROM unnest(old) AS o));

  PERFORM tenant_changed(ARRAY(SELECT DISTINCT reseller_id FROM clients WHERE id = ANY (accounts)));
END $$;
