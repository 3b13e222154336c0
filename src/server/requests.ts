/** What is recorded of each request: a line in the log, and a span where tracing is switched on. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ERROR_CODE } from '../http/error-codes.ts'
import { type Span, tracer } from '../lib/tracing.ts'

export function recordRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({ req: request, res: reply, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'answered')
  })
  if (tracer()) traceRequests(app)
}

/** A span by the operation, as declared: paths may hold secrets. */
function traceRequests(app: FastifyInstance) {
  const spans = new WeakMap<FastifyRequest, Span>()

  app.addHook('onRequest', (request, _reply, done) => {
    const { method, id, headers } = request
    const route = request.routeOptions.url ?? 'none'
    const { traceparent } = headers
    const span = tracer()?.start(`${method} ${route}`, {
      kind: 'server',
      attributes: { 'http.request.method': method, 'http.route': route, 'reeve.request_id': id },
      parent: typeof traceparent === 'string' ? traceparent : undefined,
    })
    if (!span) return done()
    spans.set(request, span)
    span.within(done)
  })
  // The body is read outside of the span, because it arrives by events of the socket.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request)
    if (span) span.within(done)
    else done()
  })
  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request)
    const code = reply.getHeader(ERROR_CODE)
    span?.set({ 'http.response.status_code': reply.statusCode, ...(typeof code === 'string' && { 'error.type': code }) })
    span?.end(reply.statusCode >= 500 ? String(code) : undefined)
  })
}
