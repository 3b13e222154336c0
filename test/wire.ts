/** Requests over a real socket to a listening server, and the shape that every answer has whatever was asked (docs/domain.md, Errors). */
import assert from 'node:assert/strict'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import type { App } from '../src/http/resource.ts'
import { parsed } from './harness.ts'
import { assertCode } from './refusals.ts'

/** A server that is silent this long hangs. */
const PATIENCE = 30_000

export interface WireAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  body: any
  /** Bytes of a streamed body that were written before the answer came. */
  sent: number
}

export interface Wire {
  port: number
  send(
    method: string,
    path: string,
    ask?: { headers?: Record<string, string | string[]>; body?: string | Buffer | Readable },
  ): Promise<WireAnswer>
  /** Writes bytes as they are, then a blank each `trickle` milliseconds or the end of the sending side where told, and answers all that comes back until the server closes. */
  raw(bytes: string, options?: { end?: boolean; trickle?: number }): Promise<string>
  close(): void
}

export async function listen(app: App): Promise<Wire> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })

  const send: Wire['send'] = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      let sent = 0
      let answered = false
      // Node's client frames no body of GET and DELETE unless told its length.
      const length: Record<string, string> =
        typeof body === 'string' || Buffer.isBuffer(body) ? { 'content-length': String(Buffer.byteLength(body)) } : {}
      const streamed = body !== undefined && length['content-length'] === undefined
      const request = httpRequest({
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { ...length, ...headers },
        agent: streamed ? false : agent,
      })
      const hung = setTimeout(() => {
        request.destroy()
        reject(new Error(`${method} ${path}: no answer within ${PATIENCE} ms`))
      }, PATIENCE)
      request.once('response', async (response) => {
        answered = true
        try {
          const text = Buffer.concat(await Array.fromAsync(response)).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text), sent })
        } catch (error) {
          reject(error)
        } finally {
          clearTimeout(hung)
          if (streamed) request.destroy()
        }
      })
      // A server that refuses a body may close while it is still being written: what counts is that it answered.
      request.on('error', (error) => {
        clearTimeout(hung)
        if (!answered) reject(new Error(`${method} ${path}: ${error.message}`, { cause: error }))
      })
      if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return request.end(body)
      let proceed = () => {}
      for (const event of ['drain', 'close', 'response']) request.on(event, () => proceed())
      const pump = async () => {
        for await (const chunk of body) {
          if (answered || request.destroyed) return
          sent += chunk.length
          if (!request.write(chunk)) await new Promise<void>((resolve) => (proceed = resolve))
        }
        request.end()
      }
      pump().catch(reject)
    })

  const raw: Wire['raw'] = (bytes, { end = false, trickle = 0 } = {}) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let text = ''
      const hung = setTimeout(() => {
        socket.destroy()
        reject(new Error(`The server neither closed nor answered within ${PATIENCE} ms; so far: ${text.slice(0, 300)}`))
      }, PATIENCE)
      socket.on('data', (data) => {
        text += data
      })
      socket.on('error', () => {})
      socket.once('close', () => {
        clearTimeout(hung)
        resolve(text)
      })
      socket.write(bytes)
      if (end) socket.end()
      const more = trickle > 0 && setInterval(() => socket.writable && socket.write(' '), trickle)
      socket.once('close', () => more && clearInterval(more))
    })

  return { port, send, raw, close: () => agent.destroy() }
}

/** Holds an answer against what docs/domain.md promises of every answer. */
export function assertShape({ status, headers, body, text }: WireAnswer, what: string) {
  const where = `${what} → ${status} ${text.slice(0, 300)}`
  assert.ok(status < 500, `${where}: nothing that is asked may make the server fail`)
  assert.ok(headers['x-request-id'], `${where}: every response has X-Request-Id`)
  assertCode(status, headers, where)
  if (status < 400) return
  if (String(headers['content-type']).startsWith('application/scim+json')) {
    assert.deepEqual(
      [body.schemas, body.status],
      [['urn:ietf:params:scim:api:messages:2.0:Error'], String(status)],
      `${where}: errors of SCIM are its own`,
    )
    return
  }
  assert.match(String(headers['content-type']), /^application\/json/, `${where}: errors are JSON`)
  assert.ok(body !== null && typeof body === 'object' && Object.keys(body).length === 1, `${where}: an error has one field`)
  // The contract has an array around the 400 of two operations.
  if (status === 400 && Array.isArray(body)) {
    const [only] = body
    if (typeof only !== 'string') assertFields(only.errors, where)
    return
  }
  if (status === 400 && 'errors' in body) assertFields(body.errors, where)
  else assert.equal(typeof body.message, 'string', `${where}: errors other than those of fields are {"message": …}`)
  if (status === 400 && 'message' in body)
    assert.match(body.message, /^JSON parse error - /, `${where}: the only 400 with a message is a body that is no JSON`)
  if (status === 401) assert.ok(headers['www-authenticate'], `${where}: every 401 carries WWW-Authenticate`)
  if (status === 405) assert.ok(headers.allow, `${where}: a 405 carries Allow`)
}

/** Makes the function that asks and holds the answer's shape and status, which may be one of several. `usual`: headers where none are given. */
export const expecting =
  (wire: Wire, usual: Record<string, string>) =>
  async (
    status: number | number[],
    method: string,
    path: string,
    headers = usual,
    body?: string | Buffer | Readable,
  ): Promise<WireAnswer> => {
    const answer = await wire.send(method, path, { headers, ...(body !== undefined && { body }) })
    const what = `${method} ${path}${body === undefined ? '' : ` with ${String(body).slice(0, 100)}`}`
    assertShape(answer, what)
    assert.ok([status].flat().includes(answer.status), `${what}: ${status} is due, not ${answer.status} ${answer.text.slice(0, 300)}`)
    return answer
  }

function assertFields(fields: unknown, where: string) {
  assert.ok(fields !== null && typeof fields === 'object' && !Array.isArray(fields), `${where}: errors are texts by field`)
  for (const inner of Object.values(fields)) {
    if (Array.isArray(inner))
      assert.ok(
        inner.length > 0 && inner.every((text) => typeof text === 'string' && text !== ''),
        `${where}: each field has a list of texts`,
      )
    else assertFields(inner, where)
  }
}
