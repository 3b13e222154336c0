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

/** The contract does not name the other products, so their services are not found. */
const ofAccount = (db: ScopedSql, clientId: number, id?: number) =>
  db`s.client_id = ${clientId} AND s.product = ANY (${commonProducts as unknown as string[]}) ${id === undefined ? db`` : db`AND s.id = ${id}`}`

export async function findRecord(db: ScopedSql, clientId: number, id: number): Promise<ServiceRecord | undefined> {
  const [row] = await db<ServiceRecord[]>`SELECT s.id, s.product, s.status FROM services s WHERE ${ofAccount(db, clientId, id)}`
  return row
}

/** Returns the services of these accounts for one product. */
export const findRecords = (db: ScopedSql, clientIds: readonly number[], product: Product) =>
  db<(ServiceRecord & { client_id: number })[]>`
    SELECT id, client_id, product, status FROM services WHERE client_id = ANY (${[...clientIds]}::bigint[]) AND product = ${product}`

/** Contract schema iam_reseller_Service: one service of the account, or all whose product the contract names. */
export async function findServices(db: ScopedSql, clientId: number, id?: number): Promise<Static<typeof Service>[]> {
  const options = (onTransition: boolean) => db`coalesce((
    SELECT json_agg(json_build_object('id', o.id, 'name', o.name, 'title', o.title, 'category', o.category, 'description', o.description,
      'value', o.value, 'value_type', o.value_type) ORDER BY o.id)
    FROM service_options o WHERE o.service_id = s.id AND o.on_transition = ${onTransition}), '[]')`
  return db<Static<typeof Service>[]>`
    SELECT s.id, s.product AS name, s.client_id AS client, s.status, s.previous_status, json_time(s.status_changed_at) AS status_changed_at,
      json_time(s.start) AS start, json_time(s.deleted_date) AS deleted_date, s.enabled,
      ${options(false)} AS options, ${options(true)} AS status_transition_options
    FROM services s WHERE ${ofAccount(db, clientId, id)} ORDER BY s.id`
}

export async function setEnabled(db: ScopedSql, id: number, enabled: boolean): Promise<void> {
  await db`UPDATE services SET enabled = ${enabled} WHERE id = ${id}`
}

/**
 * Sets the status of services from an instant on, by default now. A trial starts then and ends after the days of the service; in any other
 * status the service is deleted after its days. Null for neither.
 */
export async function setStatus(
  db: ScopedSql,
  services: readonly { id: number; days: number | null }[],
  status: ServiceStatus,
  at?: string,
): Promise<void> {
  await db`
    UPDATE services s SET previous_status = s.status, status = ${status}, status_changed_at = c.at,
      start = CASE WHEN ${status === 'trial'} THEN c.at ELSE s.start END, end_notified_at = NULL,
      trial_end = CASE WHEN ${status === 'trial'} THEN c.at + w.days * interval '24 hours' END,
      deleted_date = CASE WHEN ${status !== 'trial'} THEN c.at + w.days * interval '24 hours' END
    FROM (SELECT coalesce(${at ?? null}::timestamptz, reeve_now()) AS at) c,
      unnest(${services.map(({ id }) => id)}::bigint[], ${services.map(({ days }) => days)}::int[]) AS w (id, days) WHERE s.id = w.id`
}

/** Makes the present status last `days` from its beginning. An owner who was notified of another end is notified again. */
export async function setDays(db: ScopedSql, id: number, days: number): Promise<void> {
  await db`
    UPDATE services SET trial_end = CASE WHEN status = 'trial' THEN e.ends END, deleted_date = CASE WHEN status <> 'trial' THEN e.ends END,
      end_notified_at = CASE WHEN e.ends = trial_end THEN end_notified_at END
    FROM (SELECT status_changed_at + ${days}::int * interval '24 hours' AS ends FROM services WHERE id = ${id}) e WHERE id = ${id}`
}

export interface OptionsOf {
  service_id: number
  client_id: number
  reseller_id: number
  on_transition: boolean
}

/** Updates the options that exist by name, and adds the others. */
export async function putOptions(db: ScopedSql, of: OptionsOf, options: readonly Static<typeof ServiceOption>[]): Promise<void> {
  if (options.length === 0) return
  const rows = options.map(({ id: _, ...option }) => ({ ...of, ...option }))
  await db`INSERT INTO service_options ${db(rows)} ON CONFLICT (service_id, on_transition, name) DO UPDATE SET title = excluded.title,
    category = excluded.category, description = excluded.description, value = excluded.value, value_type = excluded.value_type`
}

/** Returns the values of a transition setting of services, which is created as `usual` where there is none. */
export async function transitionSettings(
  db: ScopedSql,
  services: readonly { id: number; usual: string }[],
  { name, title, category, description, value_type }: Omit<Static<typeof ServiceOption>, 'id' | 'value'>,
): Promise<Map<number, string>> {
  const ids = services.map(({ id }) => id)
  await db`
    INSERT INTO service_options (service_id, client_id, reseller_id, on_transition, name, title, category, description, value, value_type)
    SELECT s.id, s.client_id, s.reseller_id, true, ${name}::text, ${title}::text, ${category}::text, ${description}::text, w.usual, ${value_type}::text
    FROM unnest(${ids}::bigint[], ${services.map(({ usual }) => usual)}::text[]) AS w (id, usual) JOIN services s USING (id) ORDER BY s.id
    ON CONFLICT DO NOTHING`
  const rows = await db<{ id: number; value: string }[]>`
    SELECT service_id AS id, value FROM service_options WHERE service_id = ANY (${ids}::bigint[]) AND on_transition AND name = ${name}`
  return new Map(rows.map(({ id, value }) => [id, value]))
}

export interface Owner {
  client_id: number
  user_id: number
  recipient: string
  lang: string
  company: string
}

/** Returns the owners, who are notified about the accounts' services, without deleted ones. */
export const ownersOf = (db: ScopedSql, clientIds: readonly number[]) =>
  db<Owner[]>`
    SELECT c.id AS client_id, u.id AS user_id, u.email AS recipient, u.lang, c.company_name AS company
    FROM clients c JOIN users u ON u.id = c.owner_id WHERE c.id = ANY (${[...clientIds]}::bigint[]) AND u.deleted_at IS NULL ORDER BY c.id`
