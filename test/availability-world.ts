/** A reseller with a handful of accounts in which nothing is in use: where the tests of availability begin. */
import { shownBy, type TestCaller } from './callers.ts'
import type { TestWorld } from './harness.ts'

export async function quietReseller(t: TestWorld) {
  const { system } = t.database
  const the = shownBy(t)
  const [reseller, seller, administrator] = [the('reseller', 3), the('seller', 3), the('client', 3)]
  const accounts = t.world.clients.filter((c) => c.reseller_id === 3 && !c.deleted_at && c.client_type !== 'reseller').map(({ id }) => id)

  /** Every service of every account new, every product offered to all, no account with settings of its own. */
  async function begin() {
    await system`DELETE FROM service_options WHERE reseller_id = 3`
    await system`DELETE FROM client_availability WHERE reseller_id = 3`
    await system`UPDATE services SET status = 'new', previous_status = 'new', start = NULL, deleted_date = NULL WHERE reseller_id = 3`
    await system`UPDATE default_availability SET available = true WHERE reseller_id = 3`
    await system`UPDATE clients SET status = 'preparation', deletion_requested_at = NULL WHERE reseller_id = 3`
    await system`DELETE FROM account_status_changes WHERE reseller_id = 3`
    await system`SELECT refresh_clients(ARRAY(SELECT id FROM clients WHERE reseller_id = 3))`
  }
  // So that accounts' status is what their services say.
  await system`UPDATE users SET activated_at = coalesce(activated_at, now()) WHERE reseller_id = 3`
  await system`SELECT refresh_users(ARRAY(SELECT id FROM users WHERE reseller_id = 3))`
  await begin()
  const services = await system<{ id: number; client_id: number; product: string }[]>`
    SELECT id, client_id, product FROM services WHERE reseller_id = 3`
  const serviceOf = (clientId: number, product: string) => services.find((s) => s.client_id === clientId && s.product === product)?.id

  const ask = (one: TestCaller, method: string, path: string, body?: object) =>
    t.ask(method, path, { headers: { authorization: one.authorization }, ...(body && { body }) })
  const at = '/iam/products/availability'
  return {
    the,
    reseller,
    seller,
    administrator,
    technical: reseller.clientId,
    accounts,
    begin,
    ask,
    /** The requests of these tests, by the reseller where nobody else is named. */
    put: (clientId: number, product: string, status: string, one = reseller) =>
      ask(one, 'PUT', `/iam/clients/${clientId}/services/${serviceOf(clientId, product)}`, { status }),
    setDefault: (product_name: string, available: boolean, one = reseller) =>
      ask(one, 'PATCH', `${at}/defaults`, { product_name, available }),
    setPersonal: (clientId: number, product_name: string, available: boolean, one = reseller) =>
      ask(one, 'PATCH', `${at}/clients/${clientId}`, { product_name, available }),
    reset: (clientId: number, product_names: readonly string[], one = reseller) =>
      ask(one, 'DELETE', `${at}/clients/${clientId}`, { product_names }),
    resetAll: (product_names: readonly string[], one = reseller) => ask(one, 'DELETE', `${at}/clients`, { product_names }),
    /** Products that the account may use, as its own operation and its document say. */
    async available(clientId: number) {
      const list = await ask(reseller, 'GET', `${at}/clients/${clientId}`)
      const client = await ask(reseller, 'GET', `/iam/clients/${clientId}`)
      const named = (list.body as { product_name: string; available: boolean }[]).filter((one) => one.available)
      return { listed: named.map((one) => one.product_name), capabilities: client.body.capabilities as string[] }
    },
  }
}
