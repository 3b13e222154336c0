/**
 * Ours and not @fastify/rate-limit: that has fixed windows, at whose edges twice the limit passes, and cannot name two limits in one header.
 * How many requests a minute one address and one credential may make: told in RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10),
 * refused with 429 beyond. Each process counts for itself. Requests of this machine are not limited.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Rates } from '../lib/config.ts'
import { isLoopback } from '../lib/networks.ts'
import { knownCaller } from './access.ts'
import { errors } from './errors.ts'
import { addressOf, networkOf } from './origin.ts'
import { withoutQuery } from './redaction.ts'

export const unlimited: Rates = { token: 0, address: 0 }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Is never limited: for whoever watches the server. */
    unlimited?: true
  }
}

const MINUTE = 60_000
/** Keys remembered at most: beyond, those of the last minute are forgotten early. */
const MOST = 100_000

/**
 * A bucket for each key that holds a minute's requests and is filled evenly (GCRA): one number, the time at which it will be full again.
 * What is a minute old is full, so two maps that take turns forget by themselves.
 */
export function createLimit(perMinute: number) {
  const each = MINUTE / perMinute
  let young = new Map<number | string, number>()
  let old = new Map<number | string, number>()
  let since = 0
  return (key: number | string, now: number) => {
    if (now - since > MINUTE || young.size >= MOST) {
      old = now - since > 2 * MINUTE ? new Map() : young
      young = new Map()
      since = now
    }
    const used = Math.max(0, (young.get(key) ?? old.get(key) ?? 0) - now)
    const over = used + each - MINUTE
    if (over > 0.001) return { left: 0, full: Math.ceil(used / 1000), wait: over / 1000 }
    young.set(key, now + used + each)
    return { left: Math.floor((MINUTE - used - each + 0.001) / each), full: Math.ceil((used + each) / 1000), wait: 0 }
  }
}

/** Before the guard: whoever tries credentials is counted too. */
export const limitAddresses = (app: FastifyInstance, rates: Rates) => limit(app, 'address', rates, networkOf)

/** Behind the guard, which knows the caller. */
export const limitCredentials = (app: FastifyInstance, rates: Rates) =>
  limit(app, 'token', rates, (request) => knownCaller(request)?.credential.id)

const policyOf = (name: string, perMinute: number) => `"${name}";q=${perMinute};w=60`

/** What the address has left, for the header that names both: lists (RFC 9651). */
const ofAddress = new WeakMap<FastifyRequest, string>()

function limit(
  app: FastifyInstance,
  name: 'address' | 'token',
  { now = () => performance.now(), ...rates }: Rates,
  keyOf: (request: FastifyRequest) => number | string | undefined,
) {
  const perMinute = rates[name]
  if (perMinute === 0) return
  const take = createLimit(perMinute)
  const both = name === 'token' && rates.address > 0
  const policy = `${both ? `${policyOf('address', rates.address)}, ` : ''}${policyOf(name, perMinute)}`
  const watched = new Set<string>() // by its URL, for to ask a request for its route costs more than all else here
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.unlimited) watched.add(url)
  })
  app.addHook('onRequest', (request, reply, done) => {
    const isFree = watched.has(withoutQuery(request.url)) || isLoopback(addressOf(request) ?? '')
    const key = isFree ? undefined : keyOf(request)
    if (key === undefined) return done()
    const { left, full, wait } = take(key, now())
    const own = `"${name}";r=${left};t=${full}`
    if (name === 'address') ofAddress.set(request, own)
    reply.header('ratelimit-policy', policy)
    reply.header('ratelimit', both ? `${ofAddress.get(request)}, ${own}` : own)
    done(
      wait > 0
        ? errors.tooMany('Too many requests. Try again later.', 'rate_limited', { name, most: perMinute, span: 60, wait })
        : undefined,
    )
  })
}
