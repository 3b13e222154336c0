/**
 * No body holds the event loop for long. For each operation the worst bodies that its limit lets through are made from its schema. What counts is
 * the CPU time of the main thread for the whole request, which other processes do not change, against work of a known size done in the same run.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromOwnPage } from './browser.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'

const t = await openWorld()
const the = shownBy(t)

interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  pattern?: string
}

const document = t.app.swagger() as unknown as {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>
}
const resolved = (schema: Schema): Schema => {
  if (schema.$ref === undefined) return schema
  let found: unknown = document
  for (const name of schema.$ref.split('/').slice(1)) found = (found as Record<string, unknown>)[name]
  return resolved(found as Schema)
}

// Not those of a directory: its token alone gets past the guard, and Bulk may send a megabyte (RFC 7644, 3.7.4).
const paths = Object.entries(document.paths).filter(([path]) => !path.startsWith('/scim/'))
const operations = paths.flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) => {
    const schema = requestBody?.content['application/json']?.schema
    return schema ? [{ method: method.toUpperCase() as 'POST', path: path.replace(/\{\w+\}/g, '1'), schema: resolved(schema) }] : []
  }),
)

/** The value and each place within it, with what makes the whole body of what is put there. */
function* places(schema: Schema): Generator<{ of: Schema; whole: (there: unknown) => unknown }> {
  yield { of: schema, whole: (there) => there }
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    for (const { of, whole } of places(resolved(inner))) yield { of, whole: (there) => ({ [name]: whole(there) }) }
  if (schema.items) for (const { of, whole } of places(resolved(schema.items))) yield { of, whole: (there) => [whole(there)] }
}

function usual(schema: Schema): unknown {
  const { type, properties = {}, enum: values } = schema
  if (values) return values[0]
  const kinds: Record<string, unknown> = { array: [], integer: 1, number: 1, boolean: true, string: 'x' }
  const kind = [type].flat()[0] ?? 'object'
  return kinds[kind] ?? Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, usual(resolved(inner))]))
}

const repeated = (piece: string, bytes: number) => piece.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(piece))))
const listOf = (item: string, bytes: number) => `[${repeated(`${item},`, bytes - item.length - 3)}${item}]`
const objectOf = (bytes: number, name: string, value: string) => {
  const field = (n: number) => `"${name}${n}":${value}`
  return `{${Array.from({ length: Math.floor(bytes / (field(10_000).length + 1)) }, (_, n) => field(n)).join(',')}}`
}

/** JSON texts of about so many bytes, each bad for one of the parser, the validator, its messages, a pattern, the log. */
function* worst({ items, pattern }: Schema, bytes: number): Generator<[string, string]> {
  for (const item of ['1', '[]']) yield [`a list of ${item}`, listOf(item, bytes)]
  if (items) {
    const right = JSON.stringify(usual(resolved(items)))
    yield ['a list of right items', listOf(right, bytes)]
    yield ['a list of wrong items', listOf(right.replace(/:[^,}]+/g, ':[]'), bytes)]
  }
  yield ['many secrets', objectOf(bytes, 'password', '1')]
  yield ['many objects', objectOf(bytes, 'k', '{}')]
  yield ['lists as deep as they may be', listOf(`${'['.repeat(25)}${']'.repeat(25)}`, bytes)]
  yield ['a name of all', `{"${repeated('_', bytes - 8)}":1}`]
  const pieces = ['a', 'a.', 'a-', ' ', '@', 'a@', '1', '\\u0000', '😀', '\\"__proto__\\"', 'http://', 'é']
  for (const piece of pattern ? pieces : ['a', '\\u0000']) yield [`a text of ${piece}`, `"${repeated(piece, bytes - 2)}"`]
}

/** CPU time of the main thread in milliseconds, the average of so many times. The system counts in ticks of up to 10 ms. */
async function cost(run: () => unknown, times: number): Promise<number> {
  const before = process.threadCpuUsage()
  for (let n = 0; n < times; n++) await run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000 / times
}

const TRIES = 8

const larger = {
  'POST /reeve/auth/passkeys/login': 24,
  'POST /reeve/session/passkey': 24,
  'POST /reeve/users/me/passkeys': 80,
  'PUT /iam/clients/1/services/1': 64,
  'PATCH /iam/clients/1/services/1': 64,
  'PATCH /reeve/clients/1': 32,
  'PUT /iam/reselling/settings': 32,
  'POST /reeve/change_sets': 128,
  'POST /reeve/identity_providers': 96,
  'PATCH /reeve/identity_providers/1': 96,
}

/** The first of those who get past the guard: a body is judged before anything else that a route may refuse. */
const callers: TestCaller[] = [the('reseller'), the('platform'), the('client')]

test('no body of any operation holds the event loop longer than parsing 1.5 MB of JSON, about 20 ms', { timeout: 600_000 }, async () => {
  const text = listOf('{"a":1}', 1024 * 1024)
  const parsing = (times: number) => cost(() => JSON.parse(text), times)
  const most = 1.5 * (await parsing(20))
  const limits: Record<string, number> = {}
  let sent = 0
  for (const { method, path, schema } of operations) {
    const ask = (payload: string, { authorization }: TestCaller) =>
      t.app.inject({ method, url: path, headers: { authorization, ...fromOwnPage, 'content-type': 'application/json' }, payload })
    const tooLarge = JSON.stringify('a'.repeat(1024 * 1024))
    const answers = await Promise.all(
      callers.map(async (caller) => ({
        caller,
        ...(await ask(tooLarge, caller).then(({ statusCode, json }) => ({ statusCode, message: json().message }))),
      })),
    )
    const refused = answers.find(({ statusCode }) => statusCode === 413)
    assert.ok(refused, `${method} ${path} takes a megabyte, or nobody may call it`)
    const limit = Number(/\d+/.exec(refused.message)?.[0])
    if (limit !== 16 * 1024) limits[`${method} ${path}`] = limit / 1024
    const seen = new Set<string>()
    for (const { of, whole } of places(schema)) {
      const kind = JSON.stringify([of.type, of.pattern, of.items])
      if (seen.has(kind)) continue
      seen.add(kind)
      const around = JSON.stringify(whole('*'))
      for (const [what, there] of worst(of, limit - around.length)) {
        const payload = around.replace('"*"', () => there)
        assert.ok(Buffer.byteLength(payload) <= limit && Buffer.byteLength(payload) > limit / 2)
        const run = async () => assert.notEqual((await ask(payload, refused.caller)).statusCode, 413)
        sent++
        if ((await cost(run, 1)) < most) continue
        // A neighbour on the same core slows both, so they are compared side by side, and the best of some counts.
        const ratios: number[] = []
        while (ratios.length < TRIES && !ratios.some((one) => one < 1.5)) ratios.push((await cost(run, 10)) / (await parsing(5)))
        assert.ok(
          ratios.some((one) => one < 1.5),
          `${method} ${path}: ${what} in ${around} takes ${ratios.map((one) => one.toFixed(2)).join(', ')} times as long as parsing, 1.5 at most`,
        )
      }
    }
  }
  assert.ok(sent > 1000)
  assert.deepEqual(limits, larger, 'operations that take more than 16 KiB, in KiB')
})
