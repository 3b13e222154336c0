/**
 * Limits requests per minute by address and by credential: announced in RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10),
 * rejected with 429 beyond the limit. Each process counts for itself. Requests from this machine are not limited. Not @fastify/rate-limit:
 * its fixed windows let twice the limit pass at their edges, and it cannot name two limits in one header.
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
    /** Never limited: for monitoring. */
    unlimited?: true
  }
}

const MINUTE = 60_000
/** At least, of a directory. */
const DIRECTORY_PER_MINUTE = 1800
/** The most keys kept: beyond it, those of the last minute are dropped early. */
const MOST = 100_000

/**
 * A bucket for each key that holds a minute's requests and refills evenly (GCRA). It is stored as one number: the time at which it will be
 * full again. After a minute a bucket is full, so rotating two maps drops old keys.
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

/** Runs before the guard, so that requests with invalid credentials are counted too. */
export const limitAddresses = (app: FastifyInstance, rates: Rates) => limit(app, 'address', rates, networkOf)

/** Runs after the guard, which sets the caller. */
export function limitCredentials(app: FastifyInstance, rates: Rates) {
  const credential = (request: FastifyRequest) => knownCaller(request)?.credential
  limit(app, 'token', rates, (request) => (credential(request)?.type === 'scim' ? undefined : credential(request)?.id))
  // What Entra asks of a server: 25 requests a second of each tenant.
  const ofDirectories = rates.token === 0 ? 0 : Math.max(rates.token, DIRECTORY_PER_MINUTE)
  limit(app, 'token', { ...rates, token: ofDirectories }, (request) =>
    credential(request)?.type === 'scim' ? credential(request)?.id : undefined,
  )
}

const policyOf = (name: string, perMinute: number) => `"${name}";q=${perMinute};w=60`

/** What is left for the address, for the header that names both limits as a list (RFC 9651). */
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
  const watched = new Set<string>() // by URL, because looking up a request's route costs more than all else here
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
