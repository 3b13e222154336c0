/** The resellers of a demo world and what each has before its first client: technical account, sellers, branding, defaults. */

import { accountStatus } from '../accounts/clients/status/status.rules.ts'
import { type Product, products } from '../lib/products.ts'
import { addToken, addUser, type Draft, type Home } from './people.ts'
import { DAY, time } from './random.ts'
import type { createServices } from './services.ts'
import { promoCodes, reseller } from './words.ts'

/** Ids of clients and users start at different numbers, so that a confusion of the two is noticed. */
export const firstIds = { client: 1001, user: 100_001 }

/**
 * Assigns accounts to resellers: reseller 1 is the platform and has none, reseller 2 has nine in ten, and the others share the tenth in
 * turn. The technical account of reseller r has the r-th id; the ids of the other accounts follow, in order of their index i from 0.
 */
export function layout(clients: number) {
  const others = Math.max(3, Math.round(clients / 1000))
  const shared = Math.floor((clients + 4) / 10)
  const resellers = 2 + others
  return {
    resellers,
    technicalId: (resellerId: number) => firstIds.client + resellerId - 1,
    accountId: (index: number) => firstIds.client + resellers + index,
    resellerOf: (index: number) => (index % 10 === 5 ? 3 + (Math.floor(index / 10) % others) : 2),
    /** Returns the number of accounts of a reseller, including the technical one. */
    accountsOf(resellerId: number) {
      if (resellerId === 1) return 1
      if (resellerId === 2) return 1 + clients - shared
      return 1 + Math.floor(shared / others) + (resellerId - 3 < shared % others ? 1 : 0)
    },
  }
}
export type Layout = ReturnType<typeof layout>

/** What creating the next account needs to know about its reseller. */
export interface Tenant {
  readonly id: number
  readonly sellers: readonly number[]
  readonly promoCodes: readonly string[]
  readonly unavailable: readonly Product[]
  /** Accounts created so far. */
  made: number
  /** The latest few confirmed users, who may join the next account as well. */
  readonly lately: number[]
  /** The email, and perhaps the company, of a deleted user: free for reuse. */
  freed: { email: string; company: string | null } | null
}

/** Adds the reseller with this id, and returns what its accounts need. */
export function addTenant(draft: Draft, services: ReturnType<typeof createServices>, plan: Layout, id: number): Tenant {
  const { random, rows } = draft
  const platform = id === 1
  const { text: name, slug } = reseller(id)
  const created = draft.now - random.whole(3000, 3600) * DAY
  const createdAt = time(created, random.whole(0, 999))
  const home: Home = { id: plan.technicalId(id), resellerId: id, created, createdAt }
  const row = { id, name, is_platform: platform, technical_client_id: home.id, created_at: createdAt, deleted_at: null }
  rows.resellers.push(row)

  const email = platform ? `operator@${slug}.example` : `reseller@${slug}.example`
  const plain = { created_at: createdAt, activated_at: createdAt, sso_auth: false, auth_types: ['password'] }
  const owner = addUser(draft, home, { ...plain, email, name, user_type: 'reseller', is_admin: platform }, 1)
  const active = services.all(home)
  rows.services.push(...active)
  rows.clients.push({
    id: home.id,
    reseller_id: id,
    seller_id: null,
    owner_id: owner.id,
    client_type: 'reseller',
    status: accountStatus({ emailConfirmed: true, deletionRequested: false, services: active.map(({ status }) => status) }),
    email,
    company_name: name,
    name,
    phone: owner.phone,
    website: `https://${slug}.example`,
    custom_id: null,
    country_code: 'LU',
    bill_type: 'fixed',
    promocode: null,
    allowed_traffic: 0,
    signup_process: null,
    is_test: false,
    deletion_requested_at: null,
    deleted_at: null,
    created_at: createdAt,
  })

  // The first seller is always active, because demo.json names it; some of the others are blocked or deleted.
  const sellers: number[] = []
  const count = platform ? 0 : random.whole(id <= 3 ? 3 : 1, 6)
  for (let n = 1; n <= count; n++) {
    const left = n === 3 || (n > 3 && random.chance(0.25))
    const seller = addUser(
      draft,
      home,
      {
        ...plain,
        email: `seller${n}@${slug}.example`,
        name: `Seller ${n} of ${name}`,
        user_type: 'seller',
        is_active: n === 1 || random.chance(0.9),
        deleted_at: left ? random.between(draft.now - 300 * DAY, draft.now) : null,
      },
      1,
    )
    if (!left) sellers.push(seller.id)
    if (n === 1 && id <= 3) addToken(draft, seller, 1, { name: 'Demo' })
  }
  if (id <= 3) addToken(draft, owner, 1, { name: 'Demo' })

  const unavailable = platform ? [] : products.filter((_, p) => p >= 6 || (id > 3 && p >= 4 && random.chance(0.2)))
  for (const { product } of active)
    if (unavailable.includes(product)) rows.client_availability.push({ client_id: home.id, reseller_id: id, product, available: true })
  for (const product of products) rows.default_availability.push({ reseller_id: id, product, available: !unavailable.includes(product) })
  const codes = platform ? [] : promoCodes.slice(0, random.whole(3, promoCodes.length))
  for (const code of codes) rows.promo_codes.push({ reseller_id: id, code, description: `Code ${code}`, created_at: createdAt })
  if (id % 5 !== 0)
    rows.branding.push({
      reseller_id: id,
      domain: `${slug}.example`,
      public_settings: {
        brandName: name,
        supportEmail: `support@${slug}.example`,
        showApiDoc: true,
        showStatusPage: 'true',
        showKnowledgeBase: false,
        showTickets: true,
      },
      mail_server: {},
      deleted_at: id % 7 === 6 ? createdAt : null,
    })
  for (const type of ['deletion_request', 'failed_login'] as const) {
    const setting = { reseller_id: id, notification_type: type, email: `alerts@${slug}.example`, enabled: id % 4 !== 0 }
    rows.notification_settings.push({ id: ++draft.ids.setting, ...setting })
  }
  return { id, sellers, promoCodes: codes, unavailable, made: 0, lately: [], freed: null }
}
