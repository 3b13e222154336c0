/** Metrics of requests and responses. */
import type { FastifyInstance } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import { ERROR_CODE, errorCodes } from '../http/error-codes.ts'

export function measureRequests(app: FastifyInstance, registry: Registry): void {
  // Labels are routes as declared, never paths with ids, so their number does not grow with tenants.
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'reeve_error_responses_total',
    help: 'Responses with an error, by status and X-Error-Code (docs/errors.md).',
    labelNames: ['status', 'code'],
    registers: [registry],
  })
  // What alerts ask for is exported from the start: a rate needs a value before the first.
  for (const [code, [status]] of Object.entries(errorCodes)) if (status === 429 || status >= 500) errors.inc({ status, code }, 0)

  app.addHook('onResponse', async (request, reply) => {
    const status = reply.statusCode
    durations.observe({ method: request.method, route: request.routeOptions.url ?? 'none', status }, reply.elapsedTime / 1000)
    if (status < 400) return
    const code = reply.getHeader(ERROR_CODE)
    if (typeof code === 'string') errors.inc({ status, code })
  })
}
