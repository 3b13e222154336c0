-- One console's domain is one reseller's, and nobody is told twice of one thing. Where rows of before collide the earliest reseller keeps the
-- domain, and the earliest setting of an address stays, enabled if any of them was.
UPDATE branding b SET deleted_at = now() WHERE deleted_at IS NULL AND EXISTS (
  SELECT FROM branding o WHERE o.deleted_at IS NULL AND o.reseller_id < b.reseller_id AND fold(o.domain) = fold(b.domain));
CREATE UNIQUE INDEX branding_domain_is_unique ON branding (fold(domain)) WHERE deleted_at IS NULL;

WITH alike AS (
  SELECT min(id) AS kept, bool_or(enabled) AS enabled FROM notification_settings GROUP BY reseller_id, notification_type, fold(email) HAVING count(*) > 1)
UPDATE notification_settings n SET enabled = a.enabled FROM alike a WHERE n.id = a.kept;
DELETE FROM notification_settings n WHERE EXISTS (
  SELECT FROM notification_settings o WHERE o.id < n.id AND o.reseller_id = n.reseller_id AND o.notification_type = n.notification_type
    AND fold(o.email) = fold(n.email));
CREATE UNIQUE INDEX notification_settings_address_is_unique ON notification_settings (reseller_id, notification_type, fold(email));

-- An image is asked for by its digest alone.
CREATE INDEX branding_assets_digest ON branding_assets (digest);
