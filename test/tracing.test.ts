/** Traces: one of a request, its statements and its mail arrives at a collector; without an endpoint nothing of OpenTelemetry is loaded. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { startDemo } from './demo-server.ts'
import { outsideDatabase } from './outside.ts'
import { smtpServer } from './smtp.ts'
import { until } from './until.ts'

const data = mkdtempSync(join(tmpdir(), 'reeve-tracing-'))
after(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }))

interface SpanData {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[]
  status: { code?: number }
}
const [SERVER, CLIENT, CONSUMER] = [2, 3, 5]

/** Collects spans as OTLP, JSON over HTTP. */
async function collector() {
  const texts: string[] = []
  const server = createServer(async (request, reply) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.url === '/v1/traces') texts.push(text)
    reply.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    texts,
    spans: (): SpanData[] =>
      texts.flatMap((text) =>
        JSON.parse(text).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: SpanData[] }[] }) =>
          scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
  }
}

test('a request, its statements and its mail are one trace, without values', { timeout: 240_000 }, async () => {
  const [{ url, texts, spans }, { port, mails }] = [await collector(), await smtpServer()]
  const demo = await startDemo(data, {
    DATABASE_URL: await outsideDatabase(),
    REEVE_SECRET: 'a secret for tests that is long enough',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
  })
  const email = demo.shown.clients[0]?.email as string
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const answer = await fetch(`${demo.shown.baseUrl}/iam/auth/password/forgot?secret=in-the-query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${trace}-b7ad6b7169203331-01` },
    body: JSON.stringify({ email }),
  })
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`)
  await until('the mail is sent', () => mails.length === 1)
  assert.equal((await demo.ask('GET', '/iam/clients/999999')).status, 404)
  await demo.stop() // sends the last spans

  const all = spans()
  const ofTrace = all.filter(({ traceId }) => traceId === trace)
  const request = ofTrace.find(({ kind }) => kind === SERVER)
  assert.ok(request, 'the request has a span')
  assert.equal(request.name, 'POST /iam/auth/password/forgot')
  assert.equal(request.parentSpanId, 'b7ad6b7169203331')
  const statements = ofTrace.filter(({ parentSpanId, kind }) => parentSpanId === request.spanId && kind === CLIENT)
  const insert = statements.find(({ name }) => name === 'INSERT outbox')
  assert.match(attribute(insert, 'db.query.text') ?? '', /^\s*INSERT INTO outbox .*\$1/)
  const mail = ofTrace.find(({ kind }) => kind === CONSUMER)
  assert.equal(mail?.name, 'mail password_reset')
  assert.equal(mail?.parentSpanId, request.spanId)
  assert.ok(ofTrace.some(({ name, parentSpanId }) => name === 'SMTP' && parentSpanId === mail?.spanId))

  const other = all.find(({ name, kind }) => kind === SERVER && name === 'GET /iam/clients/:clientId')
  assert.ok(other, all.map(({ name }) => name).join(', '))
  assert.notEqual(other.traceId, trace)
  assert.equal(attribute(other, 'http.response.status_code'), '404')
  assert.ok(
    all.every(({ kind, parentSpanId }) => kind === SERVER || parentSpanId),
    'what no request causes has no span',
  )
  const said = texts.join('\n')
  assert.match(said, /"service\.name","value":\{"stringValue":"reeve"\}/)
  for (const secret of [email, 'in-the-query', '999999', demo.shown.resellers[0]?.token as string])
    assert.ok(!said.includes(secret), secret)
})

const attribute = (span: SpanData | undefined, key: string) => {
  const value = span?.attributes.find((one) => one.key === key)?.value
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : String(value.intValue))
}

test('OpenTelemetry is loaded only where an endpoint is set', () => {
  const listen = resolve(import.meta.dirname, '../src/server/listen.ts')
  const tracing = resolve(import.meta.dirname, '../src/server/tracing.ts')
  const program = `
    import { registerHooks } from 'node:module'
    let loaded = 0
    // prom-client loads the API for exemplars, which we do not use.
    const isOurs = (name, { parentURL = '' }) => name.startsWith('@opentelemetry/') && !parentURL.includes('/prom-client/')
    registerHooks({ resolve(name, context, next) { if (isOurs(name, context)) loaded++; return next(name, context) } })
    await import(${JSON.stringify(listen)}) // the whole server
    const { openTracing } = await import(${JSON.stringify(tracing)})
    const close = await openTracing(console, '1', process.env)
    await close()
    console.log(loaded)`
  const count = (env: Record<string, string>) =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' }),
    )
  assert.equal(count({}), 0)
  assert.equal(count({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }), 0)
  assert.ok(count({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' }) > 0)
})
