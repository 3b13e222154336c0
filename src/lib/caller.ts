/** Who makes a request. Created from a credential by http/authenticate.ts; the only input of db/scope.ts and http/access.ts. */
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
  /** A client user's accounts; with an API token, only the token's own. Empty for the other kinds, which are not bound to accounts. */
  readonly accountIds: readonly number[]
  /** The lesser of the credential's role and the user's current role in clientId. */
  readonly role: Role
  readonly credential:
    | { readonly type: 'token'; readonly id: number }
    | { readonly type: 'session'; readonly id: string }
    /** The token of a directory (SCIM). The caller is then whoever created it, in the account or reseller of the directory. */
    | { readonly type: 'scim'; readonly id: string; readonly tokenId: number; readonly directoryId: number }
  /** The actor, if somebody is logged in as this user (RFC 8693). */
  readonly actorId: number | null
  /** Whether this session is read-only, as its actor requested. */
  readonly readOnly: boolean
  /** Whether this session may only set up two-step verification: the reseller requires it, and the user signed in without it. */
  readonly mustEnrol: boolean
}

/** What decides who may act on a user. */
export interface UserKind {
  readonly user_type: 'common' | 'reseller' | 'seller'
  /** Whether the user is an operator of the platform. */
  readonly is_admin: boolean
}

/**
 * Returns whether staff may act on a user whom they see: operators on everybody, resellers on all but operators, sellers on client users.
 */
export const manages = ({ kind }: Caller, { user_type, is_admin }: UserKind) =>
  kind === 'platform' || (!is_admin && (kind === 'reseller' || (kind === 'seller' && user_type === 'common')))

/**
 * Returns whether the caller's lists are the whole data of one reseller. Their pages can be cached by its version, and its indexes support
 * them.
 */
export const seesTenant = (caller: Caller): boolean => caller.kind === 'reseller' || caller.kind === 'seller'
