/** What lists and documents must be, derived from the rows of the world and docs/domain.md alone: no SQL, and nothing of src but the type of the world. */
import type { World } from '../src/demo/world.ts'

type Client = World['clients'][number]
type User = World['users'][number]

/** A caller as the rows tell of it. `accountIds`: a client user's accounts, with an API token the token's own alone. */
export interface Who {
  kind: 'platform' | 'reseller' | 'seller' | 'client'
  userId: number
  resellerId: number
  clientId: number
  roleId: number
  accountIds: number[]
}

export const roleNames: Record<number, string> = {
  1: 'Administrators',
  5: 'Engineers',
  3009: 'Purge and Prefetch only (API+Web)',
  3022: 'Purge and Prefetch only (API)',
  2: 'Users',
}

/** Unicode simple case folding, code point by code point. Only İ has a lower case of more than one code point. */
export const fold = (text: string) =>
  Array.from(text, (c) => ([...c.toLowerCase()].length === 1 ? c.toLowerCase() : c === 'İ' ? 'i' : c)).join('')

/** Text by code point: UTF-8 keeps that order, UTF-16 does not. */
const byCodePoint = (text: string | null) => (text === null ? null : Buffer.from(fold(text)))

/** Microseconds of the epoch of an instant in ISO 8601; a bare date is midnight UTC. */
export function micros(instant: string): bigint {
  const [, moment = '', fraction = '', zone = 'Z'] = /^(.{10}(?:T[\d:]+)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(instant) ?? []
  return (
    BigInt(Date.parse(`${moment.length > 10 ? moment : `${moment}T00:00:00`}${zone}`)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
  )
}

const groupBy = <K extends string, T extends Record<K, number>>(rows: readonly T[], key: K) => Map.groupBy(rows, (row) => row[key])
const part = (text: string | null, value: string) => text !== null && fold(text).includes(fold(value))
const numbers = (list: string) => list.split(',').map(Number)
const isTrue = (value: string) => /^(true|1)$/i.test(value)

export type Oracle = ReturnType<typeof createOracle>

export function createOracle(world: World) {
  const clients = new Map(world.clients.map((client) => [client.id, client]))
  const users = new Map(world.users.map((user) => [user.id, user]))
  const catalogue = new Map(world.features.map((feature) => [feature.id, feature]))
  const membersOf = groupBy(world.client_users, 'client_id')
  const accountsOf = groupBy(world.client_users, 'user_id')
  const servicesOf = groupBy(world.services, 'client_id')
  const featuresOf = groupBy(world.client_features, 'client_id')
  const personalOf = groupBy(world.client_availability, 'client_id')
  const defaultsOf = groupBy(world.default_availability, 'reseller_id')
  const hostnamesOf = groupBy(world.client_hostnames, 'client_id')
  const the = <T>(map: Map<number, T>, id: number): T => map.get(id) ?? fail(`The world has no row ${id}.`)

  const status = (product: string) => (c: Client, value: string) =>
    (servicesOf.get(c.id) ?? []).some((service) => service.product === product && service.status === value)

  /** The live people of an account whom the caller may know of. */
  function people(who: Who, client: Client): { user: User; roleId: number }[] {
    const all = who.kind !== 'client' || (client.id === who.clientId && who.roleId === 1)
    return (membersOf.get(client.id) ?? [])
      .map((member) => ({ user: the(users, member.user_id), roleId: member.role_id }))
      .filter(({ user }) => user.deleted_at === null && (all || user.id === who.userId))
      .sort((a, b) => a.user.id - b.user.id)
  }

  /** docs/domain.md, Lists, one line a filter of GET /iam/clients. A value is what stands in the query and never empty. */
  const filters: Record<string, (c: Client, value: string, who: Who) => boolean> = {
    email: (c, value) => part(c.email, value),
    companyName: (c, value) => part(c.company_name, value),
    name: (c, value) => part(c.name, value),
    deleted: (c, value) => (value === 'true' ? c.deleted_at !== null : value === 'false' ? c.deleted_at === null : true),
    reseller_id: (c, value) => c.reseller_id === Number(value),
    seller_id: (c, value) => c.seller_id === Number(value),
    custom_id: (c, value) => part(c.custom_id, value),
    cdn: status('CDN'),
    storage: status('STORAGE'),
    ddos: status('DDOS'),
    dns: status('DNS'),
    cloud: status('CLOUD'),
    infrastructure_protection: status('INFRASTRUCTURE_PROTECTION'),
    connect: status('CONNECT'),
    min_traffic: (c, value) => c.allowed_traffic >= Number(value),
    max_traffic: (c, value) => c.allowed_traffic <= Number(value),
    secondaryhostnames: (c, value) => (hostnamesOf.get(c.id) ?? []).some(({ hostname }) => part(hostname, value)),
    activated: (c, value) => (the(users, c.owner_id).activated_at !== null) === isTrue(value),
    id__in__exclude: (c, value) => !numbers(value).includes(c.id),
    bill_type: (c, value) => c.bill_type === value,
    users_name: (c, value, who) => people(who, c).some(({ user }) => part(user.name, value)),
    users_email: (c, value, who) => people(who, c).some(({ user }) => part(user.email, value)),
    created_at_gte: (c, value) => micros(c.created_at) >= micros(value),
    created_at_lte: (c, value) => micros(c.created_at) <= micros(value),
    feature_id_in: (c, value) => (featuresOf.get(c.id) ?? []).some(({ feature_id }) => numbers(value).includes(feature_id)),
    is_test: (c, value) => c.is_test === isTrue(value),
    client_type: (c, value) => c.client_type === value,
    personal_product_availability: (c, value) =>
      value.split(',').every((product) => (personalOf.get(c.id) ?? []).some((row) => row.product === product && row.available)),
    promocode: (c, value) => part(c.promocode, value),
    country_code: (c, value) => (value === 'null' ? c.country_code === null : c.country_code === value),
    status: (c, value) => c.status === value,
    trial_end_lte: (c, value) =>
      (servicesOf.get(c.id) ?? []).some((s) => s.status === 'trial' && s.trial_end !== null && micros(s.trial_end) <= micros(value)),
  }

  /** Texts as bytes, so that comparing them is comparing code points. */
  const keys = new Map(
    world.clients.map((c) => [
      c.id,
      {
        id: c.id,
        email: byCodePoint(c.email),
        name: byCodePoint(c.name),
        status: byCodePoint(c.status),
        companyName: byCodePoint(c.company_name),
        company_name: byCodePoint(c.company_name),
        created_at: Buffer.from(c.created_at), // of one length and in UTC: their order as text is that in time
        created: Buffer.from(c.created_at),
      } as Record<string, number | Buffer | null>,
    ]),
  )

  function compare(a: Client, b: Client, fields: string[]): number {
    for (const field of fields) {
      const descending = field.startsWith('-')
      const [x, y] = [a, b].map((c) => keys.get(c.id)?.[field.replace(/^-/, '')])
      if (x === y) continue
      if (x === null || x === undefined) return 1
      if (y === null || y === undefined) return -1
      const order = typeof x === 'number' ? x - (y as number) : Buffer.compare(x, y as Buffer)
      if (order !== 0) return descending ? -order : order
    }
    return a.id - b.id
  }

  const visibleClients = (who: Who) =>
    world.clients.filter(
      (c) => who.kind === 'platform' || (c.reseller_id === who.resellerId && (who.kind !== 'client' || who.accountIds.includes(c.id))),
    )

  const visibleUsers = (who: Who) =>
    world.users.filter(
      (u) =>
        who.kind === 'platform' ||
        (who.kind !== 'client' && u.reseller_id === who.resellerId) ||
        (who.kind === 'client' && u.id === who.userId) ||
        (who.kind === 'client' &&
          who.roleId === 1 &&
          u.deleted_at === null &&
          (membersOf.get(who.clientId) ?? []).some((m) => m.user_id === u.id)),
    )

  /** What `limit` and `offset` make of a list; `next` and `previous` are the offsets they must name. */
  function page(ids: number[], { limit = '', offset = '' }: Record<string, string>) {
    const from = Number(offset)
    const size = limit === '' ? Infinity : Number(limit)
    const shown = ids.slice(from, from + size)
    return {
      ids: shown,
      enveloped: limit !== '',
      count: ids.length,
      next: limit !== '' && size > 0 && from + size < ids.length ? from + size : null,
      previous: limit !== '' && size > 0 && from > 0 ? Math.max(0, from - size) : null,
    }
  }

  return {
    filters,
    visibleClients,
    visibleUsers,
    accountsOf: (userId: number) => accountsOf.get(userId) ?? [],

    /** GET /iam/clients with this query. */
    clients(who: Who, query: Record<string, string>) {
      const given = Object.entries(query).filter(([name, value]) => value !== '' && !['limit', 'offset', 'ordering'].includes(name))
      const found = visibleClients(who).filter((c) => given.every(([name, value]) => filters[name]?.(c, value, who)))
      const fields = (query.ordering ?? '').split(',').filter((field) => field !== '')
      return page(
        found.sort((a, b) => compare(a, b, fields)).map(({ id }) => id),
        query,
      )
    },

    /** GET /iam/users with this query: the envelope always, in order of id. */
    users: (who: Who, query: Record<string, string>) => ({
      ...page(
        visibleUsers(who)
          .map(({ id }) => id)
          .sort((a, b) => a - b),
        query,
      ),
      enveloped: true,
    }),

    /** Contract schema Client. The order of capabilities means nothing: compare them sorted. */
    clientDocument(who: Who, id: number) {
      const c = the(clients, id)
      const live = (membersOf.get(id) ?? [])
        .map((m) => ({ user: the(users, m.user_id), roleId: m.role_id }))
        .filter(({ user }) => !user.deleted_at)
      const common = ['CDN', 'CLOUD', 'DDOS', 'DNS', 'STORAGE', 'STREAMING']
      const available = new Map(defaultsOf.get(c.reseller_id)?.map((row) => [row.product as string, row.available]))
      for (const row of personalOf.get(id) ?? []) available.set(row.product, row.available)
      const services = (servicesOf.get(id) ?? []).filter(({ product }) => common.includes(product))
      const features = (free: boolean) =>
        Object.fromEntries(
          Map.groupBy(
            (featuresOf.get(id) ?? []).map((row) => ({ row, of: the(catalogue, row.feature_id) })).filter(({ of }) => of.is_free === free),
            ({ of }) => of.product,
          )
            .entries()
            .map(([product, list]) => [
              product,
              list
                .sort((a, b) => a.of.id - b.of.id)
                .map(({ row, of }) => ({
                  feature_id: of.id,
                  service: of.product,
                  name: of.name,
                  create_date: row.created_at,
                  [free ? 'free_feature_id' : 'paid_feature_id']: row.id,
                })),
            ]),
        )
      return {
        id,
        users: people(who, c).map(({ user, roleId }) => ({
          ...baseUser(user),
          company: c.company_name,
          client: id,
          groups: groups(roleId),
        })),
        email: c.email,
        phone: c.phone,
        name: c.name,
        status: c.status,
        companyName: c.company_name,
        website: c.website,
        currentUser: who.userId,
        capabilities: common.filter((product) => available.get(product)),
        serviceStatuses: Object.fromEntries(
          services.map((service) => [service.product, { status: service.status, enabled: service.enabled }]),
        ),
        paidFeatures: features(false),
        freeFeatures: features(true),
        entryBaseDomain: world.branding.find((row) => row.reseller_id === c.reseller_id && row.deleted_at === null)?.domain ?? null,
        signup_process: c.signup_process,
        deleted: c.deleted_at !== null,
        bill_type: c.bill_type,
        custom_id: c.custom_id,
        country_code: c.country_code,
        is_test: c.is_test,
        has_active_admin: live.some(({ user, roleId }) => roleId === 1 && user.is_active && user.activated_at !== null),
        seller: c.seller_id,
        resellers: c.reseller_id,
        client_type: c.client_type,
        owner: c.owner_id,
      }
    },

    /** Contract schema User: to a client user in its present account, and with accounts of others only that one. */
    userDocument(who: Who, id: number) {
      const user = the(users, id)
      const memberships = (accountsOf.get(id) ?? []).toSorted((a, b) => a.client_id - b.client_id)
      const home = who.kind === 'client' ? who.clientId : user.client_id
      const role = memberships.find((m) => m.client_id === home)?.role_id
      const told = who.kind !== 'client' ? null : id === who.userId ? who.accountIds : [who.clientId]
      return {
        ...baseUser(user),
        company: the(clients, home).company_name,
        client: home,
        groups: role === undefined ? [] : groups(role),
        user_type: user.user_type,
        is_active: user.is_active,
        client_and_roles: memberships
          .filter((m) => told === null || told.includes(m.client_id))
          .map((m) => ({
            client_id: m.client_id,
            client_company_name: the(clients, m.client_id).company_name,
            user_id: id,
            user_roles: [String(m.role_id)],
            is_active: true,
          })),
      }
    },
  }
}

const groups = (roleId: number) => [{ id: roleId, name: roleNames[roleId] }]

const baseUser = (user: User) => ({
  id: user.id,
  email: user.email,
  name: user.name,
  lang: user.lang,
  phone: user.phone,
  reseller: user.reseller_id,
  deleted: user.deleted_at !== null,
  activated: user.activated_at !== null,
  sso_auth: user.sso_auth,
  two_fa: false, // the world has nobody with two-step verification
  auth_types: user.auth_types,
})

function fail(text: string): never {
  throw new Error(text)
}
