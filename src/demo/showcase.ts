/** The sign-ins in demo.json, derived from the seed at every start, so that no secret is stored for them. */
import { roleById } from '../lib/roles.ts'
import { showcaseIndexes } from './accounts.ts'
import { tokenSecret } from './people.ts'
import type { UserRow } from './rows.ts'
import { layout } from './tenants.ts'
import { demoPassword, generateWorld } from './world.ts'

/** A user who can sign in with password or token; `token` is the whole credential after `APIKey`. */
interface SignIn {
  id: number
  email: string
  password: string
  token: string
}

export interface Showcase {
  baseUrl: string
  /** The operator; `id` is the user's. */
  platform: SignIn
  /** The first two resellers: `id` is the reseller's, `clients` the number of its accounts, including the technical one. */
  resellers: (SignIn & { clients: number })[]
  /** One seller of each: `id` is the user's, `reseller` the reseller's. */
  sellers: (SignIn & { reseller: number })[]
  /** One user per role in both: `id` is the account's, `role` the role's name, `reseller` the reseller's id. */
  clients: (SignIn & { role: string; reseller: number })[]
}

/** Returns the contents of demo.json for the world of this seed and size. Generates only the first chunk of the world. */
export function showcase({ seed, clients, baseUrl }: { seed: number; clients: number; baseUrl: string }): Showcase {
  const plan = layout(clients)
  const first = generateWorld({ seed, clients }).next().value
  if (!first) throw new Error('A world has at least one chunk: correct generateWorld.')
  const tokens = new Map(first.api_tokens.filter(({ name }) => name === 'Demo').map((token) => [token.user_id, token]))
  const shown = first.users.filter(({ id }) => tokens.has(id))
  const signIn = (user: UserRow, id: number): SignIn => {
    const tokenId = tokens.get(user.id)?.id ?? 0
    return { id, email: user.email, password: demoPassword, token: `${tokenId}_${tokenSecret(seed, tokenId)}` }
  }
  const of = (type: UserRow['user_type']) => shown.filter((user) => user.user_type === type)
  const operator = shown.find(({ is_admin }) => is_admin)
  if (!operator) throw new Error('The world has no operator with a token: correct addTenant.')
  return {
    baseUrl,
    platform: signIn(operator, operator.id),
    resellers: of('reseller')
      .filter(({ is_admin }) => !is_admin)
      .map((user) => ({ ...signIn(user, user.reseller_id), clients: plan.accountsOf(user.reseller_id) })),
    sellers: of('seller').map((user) => ({ ...signIn(user, user.id), reseller: user.reseller_id })),
    clients: of('common')
      .filter(({ client_id }) => showcaseIndexes.some((index) => plan.accountId(index) === client_id))
      .map((user) => ({
        ...signIn(user, user.client_id),
        role: roleById(tokens.get(user.id)?.role_id ?? 0).name,
        reseller: user.reseller_id,
      })),
  }
}
