/**
 * Spans of traces, where tracing is switched on (server/tracing.ts, which alone knows OpenTelemetry). A span names operations and statements,
 * and holds no values of parameters, no addresses and no emails.
 */

export interface SpanOptions {
  kind: 'server' | 'client' | 'consumer'
  attributes?: Record<string, string | number>
  /** The span that it belongs to, as a `traceparent` (W3C Trace Context); otherwise the one that is active. */
  parent?: string | undefined
}

export interface Span {
  /** Runs `fn`. What it begins, also what ends later, belongs to this span. */
  within<T>(fn: () => T): T
  set(attributes: Record<string, string | number>): void
  /** @param failure names what went wrong, such as the code of an error: messages of errors may hold values */
  end(failure?: string): void
}

export interface Tracer {
  start(name: string, options: SpanOptions): Span
  /** Whether a span is active. */
  isActive(): boolean
  /** The active span as a `traceparent`, if it is recorded. */
  traceparent(): string | undefined
}

let current: Tracer | undefined

/** Undefined unless tracing is switched on. */
export const tracer = (): Tracer | undefined => current
export const setTracer = (one: Tracer | undefined) => {
  current = one
}

export const failureOf = (error: unknown): string => (error as { code?: string })?.code ?? (error as Error)?.name ?? 'Error'

/** Runs `fn` in a span of its own, unless it would belong to none. */
export async function inSpan<T>(name: string, options: SpanOptions, fn: () => Promise<T>): Promise<T> {
  if (!current || (options.parent === undefined && !current.isActive())) return fn()
  const span = current.start(name, options)
  try {
    const result = await span.within(fn)
    span.end()
    return result
  } catch (error) {
    span.end(failureOf(error))
    throw error
  }
}
