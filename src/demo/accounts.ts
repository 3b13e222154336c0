/** A client account of a demo world, with its users, services, features and everything else that belongs to it. */

import { accountStatus } from '../accounts/clients/status/status.rules.ts'
import { inUse, products } from '../lib/products.ts'
import { roles } from '../lib/roles.ts'
import { addMember, addSomeToken, addToken, addTraces, addUser, type Draft, type Home, person, phone } from './people.ts'
import { DAY, time } from './random.ts'
import type { ClientRow, ClientStatus, ServiceRow, UserRow } from './rows.ts'
import type { createServices } from './services.ts'
import type { Tenant } from './tenants.ts'
import { billTypes, company, countries, features, hostLabels } from './words.ts'

/** The accounts in demo.json: the first of each of the first two resellers, with a user of every role and nothing unusual. */
export const showcaseIndexes = [0, 5]
const showcaseUsers = ['administrator', 'engineer', 'purge', 'purge-api', 'user']

/** Adds the account number `index`, counted from 0 over all resellers. */
export function addAccount(draft: Draft, services: ReturnType<typeof createServices>, tenant: Tenant, index: number, id: number) {
  const { random, rows, now } = draft
  const shown = showcaseIndexes.includes(index)
  // The first twenty accounts are arranged, so that the smallest world has one of everything; the others are random.
  const happens = (place: number, share: number) => (index < 20 ? index === place : random.chance(share))

  const before = happens(4, 0.1) ? rows.clients.at(-1)?.created_at : undefined // the same microsecond, for ties in the order
  const createdAt = before ?? random.between(now - 2500 * DAY, now - DAY)
  const created = Date.parse(createdAt)
  const home: Home = { id, resellerId: tenant.id, created, createdAt }
  const deletedAt = happens(8, 0.03) ? random.between(created, now) : null
  const free = deletedAt === null && !shown && tenant.freed && (index === 9 || random.chance(0.5)) ? tenant.freed : null
  if (free) tenant.freed = null

  const { text, slug } = company(tenant.made++ + tenant.id - 2)
  const domain = shown ? `${slug}.example` : `${slug}-${id}.example`
  const confirmed = !happens(13, 0.04)
  const users = shown
    ? roles.map(({ id: roleId, name }, n) => addShown(draft, home, `${showcaseUsers[n]}@${domain}`, name, roleId))
    : addUsers(draft, home, {
        domain,
        count: happens(11, 0.015) ? 10 + Math.floor(30 * random.part() ** 3) : random.chance(0.74) ? 1 : random.whole(2, 5),
        tenant,
        email: free?.email,
        confirmed,
        deletedAt,
        arranged: index === 11,
      })
  const owner = users[0] as UserRow
  if (happens(10, 0.09))
    for (const userId of random.some(tenant.lately, random.whole(1, 2)))
      addMember(draft, home, userId, random.pick(roles).id, random.between(created, now))
  if (!shown && deletedAt === null && confirmed) {
    tenant.lately.push(owner.id)
    if (tenant.lately.length > 8) tenant.lately.shift()
  }

  const own = services.some(home, index)
  rows.services.push(...own)
  const requested = deletedAt === null && confirmed && happens(14, 0.015) ? random.between(Math.max(created, now - 20 * DAY), now) : null
  const statusInput = { emailConfirmed: confirmed, deletionRequested: requested !== null, services: own.map(({ status }) => status) }
  const sales = happens(7, 0.02)
  const client: ClientRow = {
    id,
    reseller_id: tenant.id,
    seller_id: sales || random.chance(0.5) ? random.pick(tenant.sellers) : null,
    owner_id: owner.id,
    client_type: sales ? 'sales' : 'common',
    status: accountStatus(statusInput),
    email: owner.email,
    company_name: free?.company ? (random.chance(0.5) ? free.company.toUpperCase() : free.company) : text,
    name: owner.name,
    phone: phone(random),
    website: random.chance(0.6) ? `https://www.${domain}` : '',
    custom_id: random.chance(0.5) ? random.pick([`C-${id}`, `crm_${id}`, `${id % 100}%`, `Кл-${id}`]) : null,
    country_code: random.chance(0.85) ? random.pick(countries) : null,
    bill_type: random.pick(billTypes),
    promocode: random.chance(0.2) ? random.pick(tenant.promoCodes) : null,
    allowed_traffic: random.chance(0.25) ? 0 : random.chance(0.5) ? random.whole(1, 5000) : random.whole(1, 400_000) / 64,
    signup_process: random.pick(['sign_up_full', 'sign_up_simple', null]),
    is_test: !shown && happens(3, 0.05),
    deletion_requested_at: requested,
    deleted_at: deletedAt,
    created_at: createdAt,
  }
  rows.clients.push(client)
  if (deletedAt !== null) tenant.freed = { email: owner.email, company: client.company_name }

  addExtras(draft, tenant, home, own, domain)
  if (random.chance(0.2)) addHistory(draft, home, client.status)
  if (index < 200) addTraces(draft, owner)
}

function addShown(draft: Draft, home: Home, email: string, role: string, roleId: number) {
  const plain = { sso_auth: false, auth_types: ['password'], created_at: home.createdAt, activated_at: home.createdAt }
  const user = addUser(draft, home, { ...plain, email, name: `${role} of the demo` }, roleId)
  addToken(draft, user, roleId, { name: 'Demo' })
  return user
}

interface Wanted {
  domain: string
  count: number
  tenant: Tenant
  /** The owner's email, if it is that of a deleted user. */
  email: string | undefined
  confirmed: boolean
  /** When the account was deleted, and its users with it. */
  deletedAt: string | null
  /** Whether to create one of every kind of user. */
  arranged: boolean
}

/** Adds the users of an account, its owner first. */
function addUsers(draft: Draft, home: Home, { domain, count, tenant, email, confirmed, deletedAt, arranged }: Wanted): UserRow[] {
  const { random } = draft
  const happens = (n: number, place: number, share: number) => n > 0 && (arranged ? n === place : random.chance(share))
  return Array.from({ length: count }, (_, n) => {
    const { name, local } = person(random, n)
    const createdAt = n === 0 ? home.createdAt : random.between(home.created, draft.now)
    const leftAt = deletedAt === null && happens(n, 3, 0.05) ? random.between(Date.parse(createdAt), draft.now) : null
    const again = n > 0 && deletedAt === null && leftAt === null && tenant.freed?.company === null && random.chance(0.5)
    const roleId = n === 0 ? 1 : random.pick(roles).id
    const user = addUser(
      draft,
      home,
      {
        email: n === 0 && email ? email : again ? takeEmail(tenant) : `${local}@${domain}`,
        name,
        created_at: createdAt,
        activated_at: (n === 0 ? confirmed : !happens(n, 5, 0.1))
          ? time(Math.min(Date.parse(createdAt) + 60_000, draft.now - 1), random.whole(0, 999))
          : null,
        is_active: !happens(n, 4, 0.05),
        deleted_at: deletedAt === null ? leftAt : deletedAt > createdAt ? deletedAt : createdAt,
      },
      roleId,
    )
    if (leftAt !== null && tenant.freed === null) tenant.freed = { email: user.email, company: null }
    if (arranged || random.chance(0.03)) addSomeToken(draft, user, roleId)
    return user
  })
}

/** Takes a deleted user's address for a new one, sometimes with other capitals. */
function takeEmail(tenant: Tenant) {
  const email = tenant.freed?.email ?? ''
  tenant.freed = null
  return email.toUpperCase()
}

/** Adds features, personal availability and host names. */
function addExtras(
  { random, rows, ids }: Draft,
  tenant: Tenant,
  { id, resellerId, created, createdAt }: Home,
  own: ServiceRow[],
  domain: string,
) {
  const ofAccount = { client_id: id, reseller_id: resellerId }
  const catalogue = features.flatMap((group) => group.slice(1)).length
  if (random.chance(0.4)) {
    const chosen = random.some(
      Array.from({ length: catalogue }, (_, f) => f + 1),
      random.whole(1, 5),
    )
    for (const featureId of chosen.sort((a, b) => a - b))
      rows.client_features.push({
        id: ++ids.feature,
        ...ofAccount,
        feature_id: featureId,
        created_at: random.chance(0.1) ? createdAt : random.between(created, created + DAY),
      })
  }
  // What is in use stays available: set for the account if the reseller's default says no.
  const used = own.filter(({ status }) => inUse.includes(status)).map(({ product }) => product)
  const needed = used.filter((product) => tenant.unavailable.includes(product))
  const drawn = random.chance(0.1) ? random.some(products, random.whole(1, 4)) : []
  for (const product of new Set([...needed, ...drawn]))
    rows.client_availability.push({ ...ofAccount, product, available: used.includes(product) || random.chance(0.5) })
  if (random.chance(0.3))
    for (const label of random.some(hostLabels, random.whole(1, 3)))
      rows.client_hostnames.push({ ...ofAccount, hostname: `${label}.${domain}` })
}

/** Adds the history of the account's status, from new on. */
function addHistory({ random, rows, ids, now }: Draft, { id, resellerId, created }: Home, status: ClientStatus) {
  const way: ClientStatus[] = random.pick<ClientStatus[]>([['new'], ['new', 'preparation'], ['new', 'preparation', 'trial']])
  const steps = way.at(-1) === status ? way : [...way, status]
  const pause = Math.floor((now - created) / (steps.length + 1))
  steps.slice(1).forEach((next, n) => {
    const change = { old_status: steps[n] as ClientStatus, new_status: next, status_change_at: time(created + pause * (n + 1), n) }
    rows.account_status_changes.push({ id: ++ids.statusChange, client_id: id, reseller_id: resellerId, ...change })
  })
}
