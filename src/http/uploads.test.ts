/** A body that stops arriving is given up, whether within a file or between two. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import Fastify from 'fastify'
import { handleErrors } from './errors.ts'
import type { App } from './resource.ts'
import { readFiles, registerUploads } from './uploads.ts'

const app = Fastify() as unknown as App
handleErrors(app)
await registerUploads(app, (part) =>
  part.post('/', async (request, reply) => [...(await readFiles(request, reply, { names: ['logo'], most: 10, timeoutMs: 200 })).keys()]),
)
await app.listen({ port: 0, host: '127.0.0.1' })
after(() => app.close())

const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n'
const file = '--b\r\nContent-Disposition: form-data; name="logo"; filename="x"\r\n\r\n'

/** All that comes back until the server closes. */
const answer = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
    let text = ''
    socket.on('data', (data) => (text += data))
    socket.on('error', reject)
    socket.once('close', () => resolve(text))
    socket.write(bytes)
  })

for (const [where, sent] of Object.entries({
  nowhere: '',
  'in a header': '--b\r\nContent-',
  'in a file': `${file}abc`,
  'behind a file': `${file}abc\r\n--b\r\n`,
}))
  test(`408 for a body that stops ${where}, and the connection is closed`, async () => {
    assert.match(await answer(head + sent), /^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*\{"message":"[^"]+"\}$/i)
  })
