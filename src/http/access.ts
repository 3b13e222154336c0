/** Who may call what. A route declares it in `config.access`; a route without a declaration keeps the server from starting. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Caller, type CallerKind, callerKinds } from '../lib/caller.ts'
import { ADMINISTRATORS, roles } from '../lib/roles.ts'
import type { Authenticate } from './authenticate.ts'
import { errors } from './errors.ts'

/** `public`, or the kinds of callers; of client users, where they are among them, those whose role is one of `roles`. */
export type Access = 'public' | { readonly kinds: readonly CallerKind[]; readonly roles: readonly number[] }

const everyRole = roles.map((role) => role.id)

/** The declarations in use; what a caller may do with one object beyond this is a rule of that resource. */
export const access = {
  public: 'public',
  everyone: { kinds: callerKinds, roles: everyRole },
  /** Everyone, of client users Administrators alone. */
  administrators: { kinds: callerKinds, roles: [ADMINISTRATORS] },
  /** Administrators of a client's account alone: staff have theirs in the technical account. */
  ownAccounts: { kinds: ['client'], roles: [ADMINISTRATORS] },
  /** Platform, reseller and seller. */
  staff: { kinds: ['platform', 'reseller', 'seller'], roles: [] },
  resellers: { kinds: ['platform', 'reseller'], roles: [] },
  platform: { kinds: ['platform'], roles: [] },
} as const satisfies Record<string, Access>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** Of a GET that changes something all the same: a refusal is recorded. */
    changes?: true
    /** Of a change that a session which may only read may make: to its own end. */
    whileReading?: true
    /** Of what a session may do that must set up two-step verification first. */
    whileEnrolling?: true
    /** Of a change that touches nothing that callers are made of: who they are, their accounts, roles and credentials. */
    leavesCallers?: true
  }
  interface FastifyRequest {
    /** Who makes this request. Reading it on a public route is a mistake of the route and throws. */
    caller: Caller
  }
}

/** The methods of requests that change something. */
export const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export function mayCall(declared: Access, caller: Caller): boolean {
  if (declared === 'public') return true
  return declared.kinds.includes(caller.kind) && (caller.kind !== 'client' || declared.roles.includes(caller.role.id))
}

const callerOf = new WeakMap<FastifyRequest, Caller>()

/** The caller, or undefined on a public route or before the credential was checked: for logs and the activity. */
export const knownCaller = (request: FastifyRequest) => callerOf.get(request)

/** Guards every route of `app`, before its body is read. */
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
    if (declared === undefined || declared === 'public') return // undefined: no such route, a 404
    const caller = await authenticate(request.headers.authorization)
    callerOf.set(request, caller)
    if (!mayCall(declared, caller)) throw errors.forbidden()
    if (caller.mustEnrol && !whileEnrolling)
      throw errors.forbidden('Two-step verification is required. Set it up to continue.', 'two_step_required')
    if (caller.readOnly && (changes || changing.has(request.method)) && !whileReading)
      throw errors.forbidden('This session is read-only.', 'session_read_only')
  })
  // Before its answer is sent: what a change did to anybody's rights holds for the next request of this process.
  app.addHook('onSend', async (request) => {
    if (changing.has(request.method) && !request.routeOptions.config.leavesCallers) authenticate.forget()
  })
}
