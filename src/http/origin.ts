/** Where a request comes from, noted at its start, because a closed connection no longer has an address. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Counter } from 'prom-client'
import { processMetrics } from '../lib/metrics.ts'
import { bareAddress, contains, networks } from '../lib/networks.ts'
import { storable } from './redaction.ts'

const addresses = new WeakMap<FastifyRequest, string>()

/**
 * Whether to trust the forwarding headers of this peer: it is one of the proxies of REEVE_TRUST_PROXY. Some proxies write addresses with a
 * port.
 */
export type Trusts = (peer: string | undefined) => boolean

export function trustIn(proxies: readonly string[]): Trusts {
  const block = networks(proxies)
  return (peer) => {
    const address = bareAddress(peer)
    return address !== undefined && contains(block, address)
  }
}

const untrusted = new Counter({
  name: 'reeve_untrusted_forwarded_total',
  help: 'Requests with X-Forwarded-For or Forwarded from a peer that REEVE_TRUST_PROXY does not name.',
  registers: [processMetrics],
})

export function recordOrigins(app: FastifyInstance, trusts: Trusts) {
  app.addHook('onRequest', (request, _reply, done) => {
    const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers
    if ((forwardedFor ?? forwarded) !== undefined && !trusts(request.socket.remoteAddress)) untrusted.inc()
    // A trusted proxy may forward `unknown`, or worse: then the proxy's own address counts.
    addresses.set(request, bareAddress(request.ip) ?? bareAddress(request.socket.remoteAddress) ?? '')
    done()
  })
}

/** Returns the client's address, as forwarded by a proxy of REEVE_TRUST_PROXY; null if it is not known. */
export const addressOf = (request: FastifyRequest): string | null => addresses.get(request) || null

export const agentOf = (request: FastifyRequest): string => storable(request.headers['user-agent'] ?? '').slice(0, 1000)

/**
 * Returns the network that limits by address count by: an IPv4 address, or the /64 of an IPv6 one, because one host may have a whole /64.
 */
export const networkOf = (request: FastifyRequest): string => network(addresses.get(request) ?? '')

export function network(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail ? tail.split(':').length : 0
  const four = [...groups, ...Array(Math.max(0, 8 - groups.length - behind)).fill('0'), ...(tail ? tail.split(':') : [])].slice(0, 4)
  return `${four.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
