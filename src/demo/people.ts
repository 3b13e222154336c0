/** The users of a demo world, with memberships, API tokens and log entries. */
import { createHash } from 'node:crypto'
import { DAY, type Random, time } from './random.ts'
import type { ApiTokenRow, Time, UserRow, World } from './rows.ts'
import { people, userAgents } from './words.ts'

/** Shared by the generators of rows: the current chunk, the random numbers, and the last id of each table. */
export interface Draft {
  rows: World
  readonly random: Random
  /** Milliseconds since 1970. */
  readonly now: number
  readonly seed: number
  readonly passwordHash: string
  readonly ids: { user: number; feature: number; setting: number; token: number; login: number; activity: number; statusChange: number }
}

/** The account that users are created in. */
export interface Home {
  id: number
  resellerId: number
  created: number
  createdAt: Time
}

/** A token date after the end of any demo. */
export const FAR_FUTURE: Time = '2099-12-31T23:59:59.000000Z'
const LONG_AGO: Time = '2025-06-30T12:00:00.000001Z'

const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** Returns the secret of an API token, derived from the seed, so that demo.json can be written again without storing secrets. */
export const tokenSecret = (seed: number, tokenId: number) => sha256(`reeve demo token ${seed} ${tokenId}`).toString('hex')

const langs = ['en', 'en', 'en', 'de', 'ru', 'zh', 'az'] as const

/** Returns a display name (sometimes none) and the local part of an address; `n` makes addresses of one company distinct. */
export function person(random: Random, n: number) {
  const { text, slug } = random.pick(people)
  return { name: random.chance(0.08) ? null : text, local: n === 0 ? slug : `${slug}${n}` }
}

export const phone = (random: Random) =>
  random.chance(0.4) ? null : `+${random.whole(1, 99)} ${random.whole(100, 999)} ${random.whole(10_000, 9_999_999)}`

/** Adds a user to its first account, by default a common, active one with a confirmed email. */
export function addUser(draft: Draft, home: Home, user: Pick<UserRow, 'email' | 'name'> & Partial<UserRow>, roleId: number): UserRow {
  const { random } = draft
  const sso = random.chance(0.02)
  const created = user.created_at ?? random.between(home.created, draft.now)
  const row: UserRow = {
    id: ++draft.ids.user,
    reseller_id: home.resellerId,
    client_id: home.id,
    user_type: 'common',
    is_admin: false,
    phone: phone(random),
    lang: random.pick(langs),
    password_hash: draft.passwordHash,
    password_changed_at: created,
    sso_auth: sso,
    auth_types: sso ? ['password', 'sso'] : random.chance(0.05) ? ['password', 'github'] : ['password'],
    is_active: true,
    activated_at: created,
    deleted_at: null,
    created_at: created,
    ...user,
  }
  if (row.activated_at === null) row.password_hash = row.password_changed_at = null
  draft.rows.users.push(row)
  addMember(draft, home, row.id, roleId, created)
  return row
}

export function addMember(draft: Draft, account: Home, userId: number, roleId: number, createdAt: Time) {
  const row = { client_id: account.id, user_id: userId, reseller_id: account.resellerId, role_id: roleId, created_at: createdAt }
  draft.rows.client_users.push(row)
}

/** Adds a token, by default one that never expires, was never used and is not deleted. */
export function addToken(draft: Draft, user: UserRow, roleId: number, given: Partial<ApiTokenRow> = {}) {
  const id = ++draft.ids.token
  draft.rows.api_tokens.push({
    id,
    client_id: user.client_id,
    reseller_id: user.reseller_id,
    user_id: user.id,
    role_id: roleId,
    name: `Token ${id}`,
    description: '',
    secret_hash: sha256(tokenSecret(draft.seed, id)),
    exp_date: null,
    last_usage: null,
    deleted_at: null,
    created_at: user.created_at,
    ...given,
  })
}

/** Adds a token of a random kind. A deleted user must not keep a live one, and an unconfirmed user must have none. */
export function addSomeToken(draft: Draft, user: UserRow, roleId: number) {
  const { random } = draft
  if (user.activated_at === null) return
  const used = random.chance(0.6) ? random.between(Date.parse(user.created_at), draft.now) : null
  const deleted = user.deleted_at ?? (random.chance(0.2) ? random.between(Date.parse(used ?? user.created_at), draft.now) : null)
  const kind = random.whole(0, 3)
  addToken(draft, user, roleId, {
    name: random.pick(['Deploy', 'CI/CD', 'terraform_prod', 'Мой токен', '100% temporary', 'Backup']),
    description: random.chance(0.5) ? 'Made for the demo.' : '',
    last_usage: used,
    deleted_at: deleted,
    exp_date: kind === 0 ? LONG_AGO : kind === 1 ? FAR_FUTURE : null,
  })
}

/** Adds sign-ins and changes of a user, some of which failed. */
export function addTraces(draft: Draft, user: UserRow) {
  const { random, rows, ids } = draft
  const address = () => (random.chance(0.2) ? `2001:db8::${random.whole(1, 9999).toString(16)}` : `192.0.2.${random.whole(1, 254)}`)
  const recently = () => random.between(draft.now - 60 * DAY, draft.now)
  for (const isSuccessful of [true, random.chance(0.7)])
    rows.logins.push({
      id: ++ids.login,
      reseller_id: user.reseller_id,
      client_id: user.client_id,
      user_id: user.id,
      is_successful: isSuccessful,
      auth_type: 'password',
      ip_address: address(),
      user_agent: random.pick(userAgents),
      login_at: recently(),
    })
  for (const statusCode of [200, random.pick([200, 200, 400])])
    rows.activity.push({
      id: ++ids.activity,
      reseller_id: user.reseller_id,
      client_id: user.client_id,
      affected_client_id: user.client_id,
      affected_reseller_id: user.reseller_id,
      user_id: user.id,
      user_email: user.email,
      token_id: null,
      action: 'updateUser',
      method: 'PATCH',
      path: `/iam/users/${user.id}`,
      data: JSON.stringify({ name: user.name, lang: user.lang }),
      status_code: statusCode,
      remote_ip: address(),
      host: 'accounts.example',
      requested_at: recently(),
    })
}

/** Adds a sign-in attempt with an unknown email. */
export function addStranger(draft: Draft) {
  const nobody = { reseller_id: null, client_id: null, user_id: null, is_successful: false, auth_type: 'password' }
  draft.rows.logins.push({ id: ++draft.ids.login, ...nobody, ip_address: '198.51.100.7', user_agent: '', login_at: time(draft.now - DAY) })
}
