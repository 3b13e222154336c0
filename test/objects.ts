/** Finds, or makes, an object of each kind for a caller: what the paths of the access table name. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { hashSecret } from '../src/lib/secrets.ts'
import { insertToken, type TestCaller } from './callers.ts'
import type { TestWorld } from './harness.ts'
import { providersOf } from './objects-sso.ts'
import { aFeature } from './operations/features.ts'
import type { Kind } from './operations/table.ts'

/** The ids that stand in the path; undefined where the caller has no object of this kind. */
export type Ids = Record<string, number | string> | undefined
type Finder = (one: TestCaller, kind: Kind) => Ids | Promise<Ids>

const UNKNOWN = 2 ** 40
let made = 0

/** A finder for every `object` of the table. What a request may use up is made anew each time. */
export function objectsOf(t: TestWorld): Record<string, Finder> {
  const { world } = t
  const { system } = t.database
  const deleted = new Set(world.users.filter((user) => user.deleted_at).map(({ id }) => id))
  const someoneOf = (clientId: number, except: TestCaller) =>
    world.client_users.find((m) => m.client_id === clientId && m.user_id !== except.userId && !deleted.has(m.user_id))?.user_id

  function accountOf(one: TestCaller, kind: Kind): number | undefined {
    const live = world.clients.filter((c) => !c.deleted_at && someoneOf(c.id, one) !== undefined)
    switch (kind) {
      case 'own':
      case 'colleague':
      case 'misplaced':
        return one.clientId
      case 'another':
        return one.accountIds.find((id) => id !== one.clientId)
      case 'neighbour': // the platform's own reseller has no account but the technical one
        return live.findLast(
          (c) => (one.kind === 'platform' || c.reseller_id === one.resellerId) && c.id !== one.clientId && !one.accountIds.includes(c.id),
        )?.id
      case 'foreign':
        return live.find((c) => c.reseller_id !== one.resellerId && c.client_type !== 'reseller')?.id
      case 'unknown':
        return UNKNOWN
    }
  }

  function resellerOf(one: TestCaller, kind: Kind): number | undefined {
    if (kind === 'own' || kind === 'misplaced') return one.resellerId
    if (kind === 'foreign') return one.resellerId === 3 ? 2 : 3
    return kind === 'unknown' ? UNKNOWN : undefined
  }

  async function tokenOf(clientId: number, issuer: number | undefined, one: TestCaller) {
    const member = world.client_users.find(
      (m) => m.client_id === clientId && (issuer === undefined ? m.user_id !== one.userId : m.user_id === issuer),
    )
    assert.ok(member, `nobody of account ${clientId} can have issued a token`)
    const { client_id, user_id, reseller_id } = member
    return (await insertToken(t, { client_id, user_id, reseller_id, role_id: 2 })).id
  }

  const accountOnly: Finder = (one, kind) => {
    const clientId = kind === 'colleague' || kind === 'misplaced' ? undefined : accountOf(one, kind)
    return clientId === undefined ? undefined : { clientId }
  }

  /** An account that has the feature of this kind, or has it no longer. */
  const enabled =
    (kind: keyof typeof aFeature, has: boolean): Finder =>
    async (one, of) => {
      const ids = await accountOnly(one, of)
      const account = world.clients.find(({ id }) => id === ids?.clientId)
      if (!ids || !account) return ids && has ? { activatedFeatureId: UNKNOWN } : ids
      const row = { client_id: account.id, reseller_id: account.reseller_id, feature_id: aFeature[kind] }
      if (!has) {
        await system`DELETE FROM client_features WHERE client_id = ${row.client_id} AND feature_id = ${row.feature_id}`
        return ids
      }
      const [made] = await system`
        INSERT INTO client_features ${system(row)} ON CONFLICT (client_id, feature_id) DO UPDATE SET created_at = now() RETURNING id`
      return { activatedFeatureId: made?.id }
    }

  async function newAccount(one: TestCaller, kind: Kind, deleted_at: Date | null) {
    if (kind === 'own') return { clientId: one.clientId }
    if (kind === 'unknown') return { clientId: UNKNOWN }
    const reseller_id = kind === 'foreign' ? resellerOf(one, kind) : one.kind === 'platform' ? 2 : one.resellerId
    if (kind !== 'foreign' && kind !== 'neighbour') return undefined
    const name = randomUUID()
    const row = { reseller_id, email: `${name}@accounts.example`, company_name: name, status: 'preparation', deleted_at }
    const [made] = await system`INSERT INTO clients ${system(row)} RETURNING id`
    await system`SELECT refresh_clients(${[made?.id]}::bigint[])`
    return { clientId: made?.id }
  }

  /** An account whose deletion somebody asked for, or nobody. */
  const marked =
    (deletion_requested_at: Date | null): Finder =>
    async (one, kind) => {
      const ids = await accountOnly(one, kind)
      if (ids) await system`UPDATE clients SET ${system({ deletion_requested_at })} WHERE id = ${ids.clientId as number}`
      return ids
    }

  /** A user of the account, of the kind that lives there, with nothing that would keep it from being deleted. */
  async function personIn(clientId: number) {
    const { system } = t.database
    const [account] = await system`SELECT reseller_id, client_type FROM clients WHERE id = ${clientId}`
    const own = { reseller_id: account?.reseller_id, client_id: clientId }
    const user_type = account?.client_type === 'reseller' ? 'reseller' : 'common'
    const email = `made${made++}@objects.example`
    const [user] = await system`INSERT INTO users ${system({ ...own, user_type, email, activated_at: new Date() })} RETURNING id`
    await system`INSERT INTO client_users ${system({ ...own, user_id: user?.id, role_id: user_type === 'common' ? 2 : 1 })}`
    await system`SELECT refresh_user(${user?.id})`
    return user?.id as number
  }

  /** A change of no accounts. */
  const changeSet =
    (state: 'draft' | 'applying'): Finder =>
    async (one, kind) => {
      if (kind === 'unknown') return { changeSetId: UNKNOWN }
      const reseller_id = kind === 'misplaced' ? undefined : resellerOf(one, kind)
      if (reseller_id === undefined) return undefined
      const change = system.json({ type: 'mark_test', is_test: true })
      const preview = system.json({ selected: 0, will_change: 0, unchanged: 0, refused: 0, reasons: [] })
      const row = { reseller_id, change, ids: [], preview, state, created_by: one.userId, created_by_email: one.email }
      const [made] = await system`INSERT INTO change_sets ${system(row)} RETURNING id`
      return { changeSetId: made?.id }
    }

  const finders: Record<string, Finder> = {
    ...providersOf(t, { accountOf, resellerOf, personIn, unknown: UNKNOWN }),

    none: (_, kind) => (kind === 'own' ? {} : undefined),

    client: accountOnly,

    feature: (_, kind) => (kind === 'own' ? { featureId: 1 } : kind === 'unknown' ? { featureId: UNKNOWN } : undefined),
    'free feature': enabled('free', true),
    'paid feature': enabled('paid', true),
    'account without the free feature': enabled('free', false),
    'account without the paid feature': enabled('paid', false),

    'new account': (one, kind) => newAccount(one, kind, null),
    'deleted account': (one, kind) => newAccount(one, kind, new Date()),
    'account to keep': marked(null),
    'account to delete': marked(new Date()),

    user(one, kind) {
      if (kind === 'unknown') return { userId: UNKNOWN }
      if (kind === 'own') return { userId: one.userId }
      const clientId = kind === 'another' || kind === 'misplaced' ? undefined : accountOf(one, kind)
      const userId = clientId === undefined ? undefined : someoneOf(clientId, one)
      return userId === undefined ? undefined : { userId }
    },

    reseller(one, kind) {
      const resellerId = resellerOf(one, kind)
      return resellerId === undefined || kind === 'misplaced' ? undefined : { resellerId }
    },

    async notification(one, kind) {
      const resellerId = resellerOf(one, kind)
      if (resellerId === undefined) return undefined
      if (kind === 'unknown') return { resellerId: one.resellerId, notificationSettingsId: UNKNOWN }
      const owner = kind === 'misplaced' ? resellerOf(one, 'foreign') : resellerId
      const row = { reseller_id: owner, notification_type: 'failed_login', email: `${randomUUID()}@alerts.example` }
      const [made] = await system`INSERT INTO notification_settings ${system(row)} RETURNING id`
      return { resellerId, notificationSettingsId: made?.id }
    },

    async mail(one, kind) {
      if (kind === 'unknown') return { id: UNKNOWN }
      const reseller_id = resellerOf(one, kind)
      if (reseller_id === undefined || kind === 'misplaced') return undefined
      const row = { reseller_id, recipient: 'a@mails.example', template: 'test', lang: 'en', failed_at: new Date() }
      const [made] = await system`INSERT INTO outbox ${system(row)} RETURNING id`
      return { id: made?.id }
    },

    'drafted change set': changeSet('draft'),
    'change set being applied': changeSet('applying'),

    async seller(one, kind) {
      if (kind === 'unknown') return { sellerId: UNKNOWN }
      const of = world.resellers.find(({ id }) => kind !== 'misplaced' && id === resellerOf(one, kind))
      if (!of) return undefined
      const row = { reseller_id: of.id, client_id: of.technical_client_id, user_type: 'seller', email: `${randomUUID()}@sellers.example` }
      const [made] = await system`INSERT INTO users ${system(row)} RETURNING id`
      return { sellerId: made?.id }
    },

    async image(one, kind) {
      const content = randomUUID()
      const digest = createHash('sha256').update(content)
      const row = {
        reseller_id: one.resellerId,
        kind: 'logo',
        content_type: 'image/png',
        digest: digest.copy().digest(),
        content: Buffer.from(content),
      }
      if (kind === 'own')
        await system`INSERT INTO branding_assets ${system(row)} ON CONFLICT (reseller_id, kind) DO UPDATE SET digest = excluded.digest, content = excluded.content`
      return kind === 'own' || kind === 'unknown' ? { digest: digest.digest('hex') } : undefined
    },

    /** In an account, somebody made for this request, for it may be the last; only oneself and the unknown are not. */
    async member(one, kind) {
      if (kind === 'unknown') return { clientId: one.clientId, userId: UNKNOWN }
      const clientId = accountOf(one, kind)
      const home = kind === 'misplaced' ? accountOf(one, 'foreign') : clientId
      if (clientId === undefined || home === undefined) return undefined
      const userId = kind === 'own' || kind === 'another' ? one.userId : await personIn(home)
      return { clientId, userId }
    },

    /** As `member`, and locked down. */
    async locked(one, kind) {
      const ids = kind === 'own' ? undefined : await finders.member?.(one, kind)
      if (ids)
        await system`UPDATE users SET is_active = false, locked_at = reeve_now(), lock_reason = 'x' WHERE id = ${ids.userId as number}`
      return ids
    },

    /** As `member`. Oneself has a live token in the present account, which keeps one there; in another one is since a moment ago. */
    async 'departing member'(one, kind) {
      if (kind === 'own') await tokenOf(one.clientId, one.userId, one)
      if (kind !== 'another') return finders.member?.(one, kind)
      if (one.kind !== 'client' || one.by !== 'session') return undefined
      const clientId = accountOf(one, 'neighbour')
      if (clientId === undefined) return undefined
      const row = { client_id: clientId, user_id: one.userId, reseller_id: one.resellerId, role_id: 2 }
      await system`INSERT INTO client_users ${system(row)} ON CONFLICT DO NOTHING`
      return { clientId, userId: one.userId }
    },

    /** One that changes nothing which other requests of these tests need. */
    async link(one, kind) {
      const token = randomUUID()
      const { userId: user_id, resellerId: reseller_id, clientId: client_id } = one
      const row = {
        hash: hashSecret(token),
        user_id,
        reseller_id,
        client_id,
        purpose: 'totp_disable',
        expires_at: new Date(Date.now() + 60_000),
      }
      if (kind === 'own')
        await system`INSERT INTO one_time_links ${system(row)}
          ON CONFLICT (user_id, purpose, coalesce(client_id, 0)) WHERE used_at IS NULL AND purpose NOT IN ('password_reset', 'end_access') DO UPDATE SET hash = excluded.hash`
      return kind === 'own' || kind === 'unknown' ? { token } : undefined
    },

    /** A session that lives. `misplaced`: of somebody else, below oneself. */
    async session(one, kind) {
      if (kind === 'unknown') return { userId: UNKNOWN, sessionId: randomUUID() }
      const client_id = kind === 'another' ? undefined : accountOf(one, kind)
      if (client_id === undefined) return undefined
      const user_id = kind === 'own' ? one.userId : await personIn(client_id)
      const reseller_id = world.clients.find(({ id }) => id === client_id)?.reseller_id
      const row = { reseller_id, client_id, user_id, expires_at: new Date(Date.now() + 3600_000) }
      const [made] = await system`INSERT INTO sessions ${system(row)} RETURNING id`
      return { userId: kind === 'misplaced' ? one.userId : user_id, sessionId: made?.id }
    },

    service(one, kind) {
      const of = (id: number | undefined) =>
        world.services.find(
          (s) => s.client_id === id && s.status !== 'deleted' && !['INFRASTRUCTURE_PROTECTION', 'CONNECT'].includes(s.product),
        )
      const clientId = kind === 'unknown' ? one.clientId : accountOf(one, kind)
      const service = kind === 'unknown' ? { id: UNKNOWN } : of(kind === 'misplaced' ? accountOf(one, 'foreign') : clientId)
      return clientId === undefined || !service || kind === 'colleague' ? undefined : { clientId, serviceId: service.id }
    },

    async loggedRequest(one, kind) {
      if (kind === 'unknown') return { id: UNKNOWN }
      const clientId = kind === 'misplaced' ? undefined : accountOf(one, kind)
      const user_id = clientId === undefined ? undefined : kind === 'own' || kind === 'another' ? one.userId : someoneOf(clientId, one)
      if (clientId === undefined || user_id === undefined) return undefined
      const of = { client_id: clientId, user_id, reseller_id: world.clients.find(({ id }) => id === clientId)?.reseller_id ?? 0 }
      const row = { ...of, user_email: 'a@example.com', action: 'test', method: 'PATCH', path: '/test', status_code: 200 }
      const [made] = await t.database.system`INSERT INTO activity ${t.database.system(row)} RETURNING id`
      return { id: made?.id }
    },

    /** `colleague`: shared by somebody else of the reseller; `neighbour`: that person's own; `foreign`: shared in another reseller. */
    async preset(one, kind) {
      if (kind === 'unknown') return { presetId: UNKNOWN }
      const of = world.resellers.find(({ id }) => id === (kind === 'foreign' ? resellerOf(one, kind) : one.resellerId))
      if (!of || kind === 'another' || kind === 'misplaced') return undefined
      const owner_id = kind === 'own' ? one.userId : await personIn(of.technical_client_id)
      const shared = kind === 'colleague' || kind === 'foreign'
      const row = { reseller_id: of.id, owner_id, list: 'users', name: randomUUID(), query: '', shared }
      const [made] = await system`INSERT INTO presets ${system(row)} RETURNING id`
      return { presetId: made?.id }
    },

    async passkey(one, kind) {
      if (kind === 'unknown') return { passkeyId: UNKNOWN }
      const clientId = kind === 'another' || kind === 'misplaced' ? undefined : accountOf(one, kind)
      const user_id = clientId === undefined ? undefined : kind === 'own' ? one.userId : someoneOf(clientId, one)
      const reseller_id = world.users.find(({ id }) => id === user_id)?.reseller_id
      if (user_id === undefined || reseller_id === undefined) return undefined
      const made = { credential_id: Buffer.from(randomUUID()), public_key: Buffer.from('x'), counter: 0, rp_id: 'localhost', name: 'One' }
      const [row] = await system`INSERT INTO passkeys ${system({ user_id, reseller_id, ...made })} RETURNING id`
      return { passkeyId: row?.id }
    },

    /** `colleague`: of the account or reseller of the caller, made by somebody else. */
    async scimToken(one, kind) {
      if (kind === 'unknown') return { tokenId: UNKNOWN }
      if (kind !== 'own' && kind !== 'foreign') return undefined
      const isAccount = one.kind === 'client'
      const client_id = isAccount ? accountOf(one, kind) : null
      const reseller_id =
        kind === 'own' ? one.resellerId : isAccount ? world.clients.find(({ id }) => id === client_id)?.reseller_id : resellerOf(one, kind)
      const owner = { reseller_id, client_id }
      await system`INSERT INTO scim_directories ${system(owner)} ON CONFLICT DO NOTHING`
      const [directory] = await system`
        SELECT id FROM scim_directories WHERE reseller_id = ${reseller_id as number} AND client_id IS NOT DISTINCT FROM ${client_id ?? null}::bigint`
      const row = { ...owner, directory_id: directory?.id, name: 'Test', secret_hash: Buffer.from(randomUUID()), created_by: one.userId }
      const [made] = await system`INSERT INTO scim_tokens ${system(row)} RETURNING id`
      return { tokenId: made?.id }
    },

    /** An object of a directory, which none of the callers is. */
    ofDirectory: (_, kind) => (kind === 'own' || kind === 'unknown' ? { id: UNKNOWN, name: 'User' } : undefined),

    async token(one, kind) {
      const { clientId } = one
      if (kind === 'unknown') return { clientId, tokenId: UNKNOWN }
      if (kind === 'misplaced') return { clientId, tokenId: await tokenOf(accountOf(one, 'foreign') as number, undefined, one) }
      const account = accountOf(one, kind)
      if (account === undefined) return undefined
      const issuer = kind === 'own' || kind === 'another' ? one.userId : someoneOf(account, one)
      return issuer === undefined ? undefined : { clientId: account, tokenId: await tokenOf(account, issuer, one) }
    },
  }
  return finders
}
