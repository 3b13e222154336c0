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
 * Sets the status from an instant on, by default now. A trial starts then and ends after `days`; in any other status the service is deleted
 * after `days`. Null for neither.
 */
export async function setStatus(db: ScopedSql, id: number, status: ServiceStatus, days: number | null, at?: string): Promise<void> {
  await db`
    UPDATE services SET previous_status = status, status = ${status}, status_changed_at = c.at,
      start = CASE WHEN ${status === 'trial'} THEN c.at ELSE start END, end_notified_at = NULL,
      trial_end = CASE WHEN ${status === 'trial'} THEN c.at + ${days}::int * interval '24 hours' END,
      deleted_date = CASE WHEN ${status !== 'trial'} THEN c.at + ${days}::int * interval '24 hours' END
    FROM (SELECT coalesce(${at ?? null}::timestamptz, reeve_now()) AS at) c WHERE id = ${id}`
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

/** Returns the value of a transition setting, which is created as `usual` if there is none. */
export async function transitionSetting(db: ScopedSql, of: OptionsOf, usual: Omit<Static<typeof ServiceOption>, 'id'>): Promise<string> {
  await db`INSERT INTO service_options ${db({ ...of, ...usual })} ON CONFLICT DO NOTHING`
  const [row] = await db<{ value: string }[]>`
    SELECT value FROM service_options WHERE service_id = ${of.service_id} AND on_transition = ${of.on_transition} AND name = ${usual.name}`
  return row?.value ?? usual.value
}

export interface Owner {
  user_id: number
  recipient: string
  lang: string
  company: string
}

/** Returns the owner, who is notified about the account's services, or undefined if the owner is deleted. */
export async function ownerOf(db: ScopedSql, clientId: number): Promise<Owner | undefined> {
  const [row] = await db<Owner[]>`
    SELECT u.id AS user_id, u.email AS recipient, u.lang, c.company_name AS company
    FROM clients c JOIN users u ON u.id = c.owner_id WHERE c.id = ${clientId} AND u.deleted_at IS NULL`
  return row
}
