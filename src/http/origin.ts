/** Where a request comes from, noted at its start: a connection that is gone has no address any more. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { storable } from './redaction.ts'

const addresses = new WeakMap<FastifyRequest, string>()

export function noteOrigins(app: FastifyInstance) {
  app.addHook('onRequest', (request, _reply, done) => {
    addresses.set(request, bare(request.ip ?? ''))
    done()
  })
}

/** The address, by REEVE_TRUST_PROXY that of the caller behind a proxy; null where it is not known. */
export const addressOf = (request: FastifyRequest): string | null => addresses.get(request) || null

export const agentOf = (request: FastifyRequest): string => storable(request.headers['user-agent'] ?? '').slice(0, 1000)

/** Who counts as one by its address: an IPv4 address, or the /64 of an IPv6 one, all of which one host may have. */
export const networkOf = (request: FastifyRequest): string => network(addresses.get(request) ?? '')

/** An IPv4 address is one however it came: a socket for both kinds says ::ffff:192.0.2.1. Zones name interfaces of this machine. */
const bare = (address: string) => (address.includes(':') ? address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') : address)

export function network(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail ? tail.split(':').length : 0
  const four = [...groups, ...Array(Math.max(0, 8 - groups.length - behind)).fill('0'), ...(tail ? tail.split(':') : [])].slice(0, 4)
  return `${four.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
