/** POST /reeve/csp_reports: what browsers report of the console's content security policy. None is expected, so each is worth a line. */
import { Counter } from 'prom-client'
import { access } from '../http/access.ts'
import { errors } from '../http/errors.ts'
import { addressOf, networkOf } from '../http/origin.ts'
import { createLimit } from '../http/rate-limits.ts'
import { storable } from '../http/redaction.ts'
import type { App } from '../http/resource.ts'
import { errorResponses, noContent } from '../http/schema.ts'
import { processMetrics } from '../lib/metrics.ts'
import { isLoopback } from '../lib/networks.ts'

export const CSP_REPORTS = '/reeve/csp_reports'

/** Reports per minute of one address, this machine excepted: a page with one fault sends a few, and anybody can send any. */
const PER_MINUTE = 30
const LONGEST = 200

const reports = new Counter({
  name: 'reeve_csp_reports_total',
  help: 'Reports of violations of the content security policy of the console.',
  registers: [processMetrics],
})

export async function cspReports(app: App): Promise<void> {
  const take = createLimit(PER_MINUTE)
  await app.register(async (part) => {
    part.removeAllContentTypeParsers()
    part.addContentTypeParser(
      ['application/csp-report', 'application/reports+json', 'application/json'],
      { parseAs: 'string' },
      (_request, body, done) => {
        try {
          done(null, JSON.parse(body as string))
        } catch (error) {
          done(errors.unparsable((error as Error).message))
        }
      },
    )
    part.post(
      CSP_REPORTS,
      {
        config: { access: access.public },
        bodyLimit: 8 * 1024,
        schema: {
          tags: ['Console'],
          operationId: 'reportViolation',
          summary: 'Report a violation of the content security policy',
          description: 'For browsers. Takes `application/csp-report`.',
          response: { 204: noContent('The report was counted.'), ...errorResponses(400) },
        },
      },
      async (request, reply) => {
        const wait = isLoopback(addressOf(request) ?? '') ? 0 : take(networkOf(request), performance.now()).wait
        const limit = { name: 'csp-reports', most: PER_MINUTE, span: 60, wait }
        if (wait > 0) throw errors.tooMany('Too many reports. Try again later.', 'rate_limited', limit)
        reports.inc()
        request.log.warn({ csp: summaryOf(request.body) }, 'CSP report')
        return reply.code(204).send()
      },
    )
  })
}

/** What says which rule was broken and by what. An address has no query, which may hold what was searched for. */
function summaryOf(body: unknown) {
  const report = fieldOf(body, 'csp-report') ?? {}
  const shown = (name: string) => {
    const value = fieldOf(report, name)
    return typeof value === 'string' ? storable(value.replace(/[?#].*/s, ''), LONGEST) : undefined
  }
  return {
    directive: shown('effective-directive') ?? shown('violated-directive'),
    blocked: shown('blocked-uri'),
    page: shown('document-uri'),
    source: shown('source-file'),
    sample: shown('script-sample'),
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
