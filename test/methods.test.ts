/** Every path × every method that HTTP clients can send: what the path takes, else 405 with Allow; OPTIONS says so, and nothing is a 500. */
import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { after, test } from 'node:test'
import { openWorld } from './harness.ts'
import { assertShape, listen } from './wire.ts'

const t = await openWorld()
const wire = await listen(t.app)
after(() => wire.close())

const paths = (t.app.swagger() as unknown as { paths: Record<string, Record<string, object>> }).paths
const taken = (path: string) => {
  const methods = Object.keys(paths[path] as object).map((method) => method.toUpperCase())
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
}
/** CONNECT asks for a tunnel and is no request for a path. */
const methods = METHODS.filter((method) => method !== 'CONNECT')
const bodies = [
  {},
  { headers: { 'content-type': 'application/json' } },
  { headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
  { headers: { 'content-type': 'application/json' }, body: '{' },
  { headers: { 'content-type': 'nonsense;' }, body: 'x' },
  { body: 'x' },
]

test('a method that a path does not take is 405 with Allow, with any body and without a credential', async () => {
  let asked = 0
  for (const template of Object.keys(paths)) {
    const path = template.replace(/\{\w+\}/g, '1')
    for (const method of methods.filter((one) => !taken(template).includes(one)))
      for (const ask of bodies.slice(0, asked++ % 5 === 0 ? bodies.length : 2)) {
        const answer = await wire.send(method, path, ask)
        const what = `${method} ${path} ${JSON.stringify(ask)}`
        assert.equal(answer.status, 405, `${what}: ${answer.text}`)
        if (method !== 'HEAD') assertShape(answer, what)
        assert.deepEqual(String(answer.headers.allow).split(', ').sort(), taken(template), what)
      }
  }
  assert.ok(asked > 2000, `only ${asked} pairs of path and method were tried`)
})

test('OPTIONS is 204 with Allow and asks for no credential', async () => {
  for (const template of Object.keys(paths))
    for (const ask of bodies) {
      const answer = await wire.send('OPTIONS', template.replace(/\{\w+\}/g, '1'), ask)
      assert.deepEqual([answer.status, answer.text], [204, ''], template)
      assert.deepEqual(String(answer.headers.allow).split(', ').sort(), taken(template))
    }
})

test('HEAD answers what GET does, without the body', async () => {
  const headers = { authorization: `APIKey ${t.shown.platform.token}` }
  for (const template of Object.keys(paths).filter((one) => paths[one]?.get && one !== '/metrics')) {
    const path = template.replace(/\{\w+\}/g, '1')
    const [get, head] = [await wire.send('GET', path, { headers }), await wire.send('HEAD', path, { headers })]
    assert.deepEqual([head.status, head.headers['content-type'], head.text], [get.status, get.headers['content-type'], ''], path)
  }
})

test('an unknown path is 404 for every method', async () => {
  for (const path of ['/', '/iam', '/iam/nothing', '/iam/users/1/nothing'])
    for (const method of [...methods, 'OPTIONS'])
      for (const ask of bodies) {
        const answer = await wire.send(method, path, ask)
        assert.equal(answer.status, 404, `${method} ${path}`)
        if (method !== 'HEAD') assertShape(answer, `${method} ${path}`)
      }
})

test('what names no path gets an answer, and the server goes on', async () => {
  for (const line of ['OPTIONS * HTTP/1.1', 'GET * HTTP/1.1', 'TRACE http://127.0.0.1/iam/clients HTTP/1.1', 'QUERY ? HTTP/1.1'])
    assert.match(await wire.raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 (20|40)[045] /, line)
  await wire.raw('CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal((await wire.send('GET', '/healthz')).status, 200)
})
