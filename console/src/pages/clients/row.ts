/** An account as the list shows it: less than the server sends, for some thousand rows are kept. */
import { type Answer, api, type Given } from '../../api/client.ts'
import type { Client, ClientsPage } from '../../api/types.ts'
import type { Query } from '../../components/grid/definition.ts'
import type { Page } from '../../components/grid/useRows.ts'
import type { Product, ServiceStatus } from '../../lib/words.ts'

type Kept =
  | 'id'
  | 'email'
  | 'name'
  | 'companyName'
  | 'status'
  | 'phone'
  | 'website'
  | 'custom_id'
  | 'country_code'
  | 'bill_type'
  | 'client_type'
  | 'is_test'
  | 'deleted'
  | 'has_active_admin'
  | 'seller'
  | 'resellers'

export type ClientRow = Pick<Client, Kept> & { services: Partial<Record<Product, ServiceStatus>>; users: number }

function rowOf(client: Client): ClientRow {
  const { id, email, name, companyName, status, phone, website, custom_id, country_code, bill_type, client_type } = client
  const { is_test, deleted, has_active_admin, seller, resellers, serviceStatuses, users } = client
  const services: ClientRow['services'] = {}
  for (const [product, service] of Object.entries(serviceStatuses)) if (service) services[product as Product] = service.status
  const kept = { id, email, name, companyName, status, phone, website, custom_id, country_code, bill_type, client_type }
  return { ...kept, is_test, deleted, has_active_admin, seller, resellers, services, users: users.length }
}

export async function fetchClients(query: Query, slice: { limit: number; offset: number }, signal?: AbortSignal): Promise<Page<ClientRow>> {
  const given = { query: { ...query, ...slice } } as unknown as Given<'GET /iam/clients'>
  const answer: Answer<'GET /iam/clients'> = await api('GET /iam/clients', given, signal)
  const { count, results } = answer as ClientsPage // with a limit it is never the plain array
  return { count, rows: results.map(rowOf) }
}
