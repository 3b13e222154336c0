/** Who makes a request: made from a credential by http/authenticate.ts, the one input of db/scope.ts and http/access.ts. */
import type { Role } from './roles.ts'

export const callerKinds = ['platform', 'reseller', 'seller', 'client'] as const
export type CallerKind = (typeof callerKinds)[number]

export interface Caller {
  readonly kind: CallerKind
  readonly userId: number
  readonly email: string
  readonly resellerId: number
  /** The account the credential was issued in: the technical account for platform, reseller and seller. */
  readonly clientId: number
  /** A client user's accounts; with an API token the token's own alone. Empty for the other kinds, who are not bound to accounts. */
  readonly accountIds: readonly number[]
  /** The lesser of the credential's role and the user's present role in clientId. */
  readonly role: Role
  readonly credential: { readonly type: 'token'; readonly id: number } | { readonly type: 'session'; readonly id: string }
  /** Who really acts, where somebody logged in as this user (RFC 8693). */
  readonly actorId: number | null
  /** Whether this session may only look: somebody logged in as the user so. */
  readonly readOnly: boolean
  /** Whether this session may only set up two-step verification: the reseller requires it, and the user signed in without. */
  readonly mustEnrol: boolean
}

/** Whom somebody acts on, as far as that decides who may. */
export interface UserKind {
  readonly user_type: 'common' | 'reseller' | 'seller'
  /** Whether this is an operator of the platform. */
  readonly is_admin: boolean
}

/** Whether staff may do something to somebody in their sight: operators to everybody, resellers to all but operators, sellers to client users. */
export const manages = ({ kind }: Caller, { user_type, is_admin }: UserKind) =>
  kind === 'platform' || (!is_admin && (kind === 'reseller' || (kind === 'seller' && user_type === 'common')))

/** Whose lists are one reseller's data, whole: their answers can be remembered by its version, and its indexes lead to their pages. */
export const seesTenant = (caller: Caller): boolean => caller.kind === 'reseller' || caller.kind === 'seller'
