/** Traces by OpenTelemetry. Its packages are loaded only if the environment names an endpoint. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '@opentelemetry/api'
import type { Logger } from 'pino'
import { type Span, setTracer } from '../lib/tracing.ts'

/** Milliseconds that the last spans have to leave. */
const PATIENCE = 5000

/**
 * Switches tracing on if OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set: spans leave as OTLP, JSON over HTTP.
 * OpenTelemetry's own variables set the rest.
 * @returns what sends the last spans
 */
export async function openTracing(log: Pick<Logger, 'warn'>, version: string, env = process.env): Promise<() => Promise<void>> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT
  if (!endpoint || env.OTEL_SDK_DISABLED === 'true') return async () => {}
  const [
    { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags },
    sdk,
    exporter,
    resources,
    { parseTraceParent },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/core'),
  ])
  const warn = (text: string) => log.warn(`OpenTelemetry: ${text}`)
  const quiet = () => {}
  diag.setLogger(
    { error: warn, warn, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )

  const ratio = env.OTEL_TRACES_SAMPLER_ARG ? Number(env.OTEL_TRACES_SAMPLER_ARG) : 1
  const sampled = new sdk.TraceIdRatioBasedSampler(ratio)
  const provider = new sdk.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.name': env.OTEL_SERVICE_NAME || 'reeve', 'service.version': version })),
    // What a caller says of sampling does not count: anybody could have everything recorded.
    sampler: new sdk.ParentBasedSampler({ root: sampled, remoteParentSampled: sampled, remoteParentNotSampled: sampled }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter() })],
  })
  const tracer = provider.getTracer('reeve', version)
  const active = new AsyncLocalStorage<Context>()
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }
  const contextOf = (traceparent: string | undefined) => {
    const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
    return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : (active.getStore() ?? ROOT_CONTEXT)
  }

  setTracer({
    start(name, { kind, attributes = {}, parent }): Span {
      const context = contextOf(parent)
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, context)
      const inside = trace.setSpan(context, span)
      return {
        within: (fn) => active.run(inside, fn),
        set: (more) => void span.setAttributes(more),
        end(failure) {
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
          span.end()
        },
      }
    },
    isActive: () => active.getStore() !== undefined,
    traceparent() {
      const context = active.getStore()
      const { traceId, spanId, traceFlags = 0 } = (context && trace.getSpanContext(context)) ?? {}
      return traceFlags & TraceFlags.SAMPLED ? `00-${traceId}-${spanId}-01` : undefined
    },
  })
  return async () => {
    setTracer(undefined)
    await Promise.race([provider.shutdown().catch((error: Error) => warn(error.message)), delay(PATIENCE, undefined, { ref: false })])
  }
}
