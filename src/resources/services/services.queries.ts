/** SQL of services. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import { commonProducts, type Product, type ServiceStatus } from '../../lib/products.ts'
import type { Service, ServiceOption } from './services.schema.ts'

export interface ServiceRecord {
  id: number
  product: Product
  status: ServiceStatus
}

/** The other products have no name in the contract, so their services are not found. */
const oneOf = (db: ScopedSql, clientId: number, id: number) =>
  db`s.id = ${id} AND s.client_id = ${clientId} AND s.product = ANY (${commonProducts as unknown as string[]})`

export async function findRecord(db: ScopedSql, clientId: number, id: number): Promise<ServiceRecord | undefined> {
  const [row] = await db<ServiceRecord[]>`SELECT s.id, s.product, s.status FROM services s WHERE ${oneOf(db, clientId, id)}`
  return row
}

/** Contract schema iam_reseller_Service. */
export async function findService(db: ScopedSql, clientId: number, id: number): Promise<Static<typeof Service> | undefined> {
  const options = (onTransition: boolean) => db`coalesce((
    SELECT json_agg(json_build_object('id', o.id, 'name', o.name, 'title', o.title, 'category', o.category, 'description', o.description,
      'value', o.value, 'value_type', o.value_type) ORDER BY o.id)
    FROM service_options o WHERE o.service_id = s.id AND o.on_transition = ${onTransition}), '[]')`
  const [row] = await db<Static<typeof Service>[]>`
    SELECT s.id, s.product AS name, s.client_id AS client, s.status, s.previous_status, json_time(s.status_changed_at) AS status_changed_at,
      json_time(s.start) AS start, json_time(s.deleted_date) AS deleted_date, s.enabled,
      ${options(false)} AS options, ${options(true)} AS status_transition_options
    FROM services s WHERE ${oneOf(db, clientId, id)}`
  return row
}

export async function setEnabled(db: ScopedSql, id: number, enabled: boolean): Promise<void> {
  await db`UPDATE services SET enabled = ${enabled} WHERE id = ${id}`
}

/** Into another status: a trial starts now, and `daysLeft` says when the service is deleted, null for never. */
export async function setStatus(db: ScopedSql, id: number, status: ServiceStatus, daysLeft: number | null): Promise<void> {
  await db`UPDATE services SET previous_status = status, status = ${status}, status_changed_at = now(),
    start = CASE WHEN ${status === 'trial'} THEN now() ELSE start END, deleted_date = now() + ${daysLeft}::int * interval '24 hours'
    WHERE id = ${id}`
}

export interface OptionsOf {
  service_id: number
  client_id: number
  reseller_id: number
  on_transition: boolean
}

/** By name: those that are there get the new values, the others are added. */
export async function putOptions(db: ScopedSql, of: OptionsOf, options: readonly Static<typeof ServiceOption>[]): Promise<void> {
  if (options.length === 0) return
  const rows = options.map(({ id: _, ...option }) => ({ ...of, ...option }))
  await db`INSERT INTO service_options ${db(rows)} ON CONFLICT (service_id, on_transition, name) DO UPDATE SET title = excluded.title,
    category = excluded.category, description = excluded.description, value = excluded.value, value_type = excluded.value_type`
}

/** The value of a setting of the transitions, which becomes `usual` where there is none. */
export async function transitionSetting(db: ScopedSql, of: OptionsOf, usual: Omit<Static<typeof ServiceOption>, 'id'>): Promise<string> {
  await db`INSERT INTO service_options ${db({ ...of, ...usual })} ON CONFLICT DO NOTHING`
  const [row] = await db<{ value: string }[]>`
    SELECT value FROM service_options WHERE service_id = ${of.service_id} AND on_transition = ${of.on_transition} AND name = ${usual.name}`
  return row?.value ?? usual.value
}

/** The account's own setting goes before its reseller's (DOMAIN, availability). */
export async function isAvailable(db: ScopedSql, clientId: number, product: Product): Promise<boolean> {
  const [row] = await db<{ available: boolean }[]>`
    SELECT coalesce((SELECT available FROM client_availability WHERE client_id = c.id AND product = ${product}),
      (SELECT available FROM default_availability WHERE reseller_id = c.reseller_id AND product = ${product}), false) AS available
    FROM clients c WHERE c.id = ${clientId}`
  return row?.available ?? false
}

export async function statusesOf(db: ScopedSql, clientId: number): Promise<ServiceStatus[]> {
  const rows = await db<{ status: ServiceStatus }[]>`SELECT status FROM services WHERE client_id = ${clientId}`
  return rows.map(({ status }) => status)
}

export async function setAccountStatus(db: ScopedSql, account: { id: number; reseller_id: number; status: string }, status: string) {
  await db`UPDATE clients SET status = ${status} WHERE id = ${account.id}`
  const change = { client_id: account.id, reseller_id: account.reseller_id, old_status: account.status, new_status: status }
  await db`INSERT INTO account_status_changes ${db(change)}`
}
