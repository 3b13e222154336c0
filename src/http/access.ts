/** Access rules. A route declares its rule in `config.access`; without one the server does not start. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Caller, type CallerKind, callerKinds } from '../lib/caller.ts'
import { ADMINISTRATORS, roles } from '../lib/roles.ts'
import type { Authenticate } from './authenticate.ts'
import { errors } from './errors.ts'

/** `public`; `scim`, the token of a directory; or the kinds of callers. Client users, if included, also need one of `roles`. */
export type Access = 'public' | 'scim' | { readonly kinds: readonly CallerKind[]; readonly roles: readonly number[] }

const everyRole = roles.map((role) => role.id)

/** The rules in use. What a caller may do with a particular object is up to the resource. */
export const access = {
  public: 'public',
  /** A directory by its SCIM token, which nothing else takes. */
  scim: 'scim',
  everyone: { kinds: callerKinds, roles: everyRole },
  /** Everyone, but of client users only Administrators. */
  administrators: { kinds: callerKinds, roles: [ADMINISTRATORS] },
  /** Only Administrators of a client account: staff belong to the technical account. */
  ownAccounts: { kinds: ['client'], roles: [ADMINISTRATORS] },
  /** Platform, reseller and seller. */
  staff: { kinds: ['platform', 'reseller', 'seller'], roles: [] },
  resellers: { kinds: ['platform', 'reseller'], roles: [] },
  /** Resellers, and Administrators of a client account. */
  resellersAndAdministrators: { kinds: ['platform', 'reseller', 'client'], roles: [ADMINISTRATORS] },
  platform: { kinds: ['platform'], roles: [] },
} as const satisfies Record<string, Access>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** For a GET with side effects: a rejected one is recorded. */
    changes?: true
    /** For a change that a read-only session may make: ending itself. */
    whileReading?: true
    /** For requests that a session may make before it has set up the required two-step verification. */
    whileEnrolling?: true
    /** For a change that does not affect callers: their identity, accounts, roles and credentials. */
    leavesCallers?: true
  }
  interface FastifyRequest {
    /** The caller of this request. Reading it on a public route is a bug in the route and throws. */
    caller: Caller
  }
}

/** The methods that change something. */
export const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export function mayCall(declared: Access, caller: Caller): boolean {
  if (declared === 'public') return true
  if (declared === 'scim') return caller.credential.type === 'scim'
  return declared.kinds.includes(caller.kind) && (caller.kind !== 'client' || declared.roles.includes(caller.role.id))
}

const callerOf = new WeakMap<FastifyRequest, Caller>()

/** Returns the caller, or undefined on a public route or before authentication: for logs and the activity log. */
export const knownCaller = (request: FastifyRequest) => callerOf.get(request)

/** Checks access to every route of `app`, before reading the body. */
export function guard(app: FastifyInstance, authenticate: Authenticate) {
  app.decorateRequest('caller', {
    getter(this: FastifyRequest) {
      const caller = callerOf.get(this)
      if (!caller) throw new Error(`${this.routeOptions.url} has public access and no caller.`)
      return caller
    },
  })
  app.addHook('onRoute', (route) => {
    if (!route.config?.access) throw new Error(`${route.method} ${route.url} declares no access: add config.access to the route.`)
  })
  app.addHook('onRequest', async (request) => {
    const { access: declared, changes, whileReading, whileEnrolling } = request.routeOptions.config
    if (declared === undefined || declared === 'public') return // undefined: no such route, so 404
    const caller = await (declared === 'scim' ? authenticate.directory : authenticate)(request.headers.authorization)
    callerOf.set(request, caller)
    if (!mayCall(declared, caller)) throw errors.forbidden()
    if (caller.mustEnrol && !whileEnrolling)
      throw errors.forbidden('Two-step verification is required. Set it up to continue.', 'two_step_required')
    if (caller.readOnly && (changes || changing.has(request.method)) && !whileReading)
      throw errors.forbidden('This session is read-only.', 'session_read_only')
  })
  // Before the response is sent, so that changed rights apply to the next request of this process.
  app.addHook('onSend', async (request) => {
    if (changing.has(request.method) && !request.routeOptions.config.leavesCallers) authenticate.forget()
  })
}
