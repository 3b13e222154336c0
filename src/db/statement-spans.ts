/** The span of a statement, where tracing is switched on. */
import { type Span, tracer } from '../lib/tracing.ts'

/**
 * Undefined for statements outside of any trace, such as those that look for due mail every second.
 * @param text with $1 in place of values; left out of the span if it has values in it
 */
export function startStatement(text: string, hasValues = false): Span | undefined {
  const tracing = tracer()
  if (!tracing?.isActive()) return undefined
  const attributes = { 'db.system.name': 'postgresql', ...(!hasValues && { 'db.query.text': text }) }
  return tracing.start(summaryOf(text), { kind: 'client', attributes })
}

/** The first word, and the first table that is named: `SELECT clients`. */
function summaryOf(text: string): string {
  const [, verb = 'SQL'] = /^\s*([a-z]+)/i.exec(text) ?? []
  const [, table] = /\b(?:from|into|update)\s+(?:only\s+)?([a-z_][\w.]*)/i.exec(text) ?? []
  return table === undefined ? verb.toUpperCase() : `${verb.toUpperCase()} ${table}`
}
