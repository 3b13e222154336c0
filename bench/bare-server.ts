/** The ceiling of HTTP here: a node:http server that answers every request with one file and given headers. Arguments: FILE HEADERS [stream] */
import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [file = '', headers = '{}', mode] = process.argv.slice(2)
const given = JSON.parse(headers)
const body = mode === 'stream' ? undefined : readFileSync(file)
const server = createServer((_request, reply) => {
  reply.writeHead(200, given)
  if (body) reply.end(body)
  else createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(reply)
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port} `))
