/** Limits how long a request may take to arrive and how many connections may be open, so that slow senders do not block others. */
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import { processMetrics } from '../lib/metrics.ts'
import { bareAddress, isLoopback } from '../lib/networks.ts'
import { errors } from './errors.ts'
import { network, type Trusts } from './origin.ts'

export interface ConnectionLimits {
  /** Milliseconds for the head of a request, for a body other than an upload, and for any request as a whole. */
  head: number
  body: number
  request: number
  /** How often Node checks for requests that took too long, in milliseconds. */
  interval: number
  /** Open connections of one process, and how many of them may come from one address (for IPv6, a /64). */
  connections: number
  perAddress: number
}

/** An upload has its own minute (readFiles), and the whole request a little more. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  head: 15_000,
  body: 30_000,
  request: 75_000,
  interval: 5000,
  connections: 10_000,
  perAddress: 1000,
}

/** Options for Fastify's constructor. On a timeout Node emits `clientError`, which errors.ts answers. */
export const serverOptions = ({ head, request, interval }: ConnectionLimits) => ({
  requestTimeout: request,
  http: { headersTimeout: head, connectionsCheckingInterval: interval },
})

const refused = new Counter({
  name: 'reeve_connections_refused_total',
  help: 'Connections that were closed at once, because one address or all of them had as many as they may.',
  labelNames: ['limit'],
  registers: [processMetrics],
})

/** @param trusts our proxies: many users share their addresses, as they do this machine's, so those are not limited */
export function limitConnections(app: FastifyInstance, limits: ConnectionLimits, trusts: Trusts) {
  const open = new Map<string, number>()
  app.server.maxConnections = limits.connections
  app.server.on('drop', () => refused.inc({ limit: 'all' }))
  app.server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    const address = bareAddress(remoteAddress)
    if (address === undefined || isLoopback(address) || trusts(remoteAddress)) return
    const key = network(address)
    const count = (open.get(key) ?? 0) + 1
    if (count > limits.perAddress) {
      refused.inc({ limit: 'address' })
      return socket.destroy()
    }
    open.set(key, count)
    socket.once('close', () => {
      const left = (open.get(key) ?? 0) - 1
      if (left > 0) open.set(key, left)
      else open.delete(key)
    })
  })

  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (/^multipart\//i.test(request.headers['content-type'] ?? '')) return done(null, payload)
    const late = setTimeout(() => {
      // Only a reader of the body listens for errors: without a listener, emitting one would throw.
      if (payload.listenerCount('error') > 0) payload.emit('error', errors.timeout())
    }, limits.body)
    for (const event of ['end', 'close']) payload.once(event, () => clearTimeout(late))
    done(null, payload)
  })
}
