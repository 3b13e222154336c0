/** The ceiling of HTTP: a node:http server with one answer to everything. Arguments: FILE HEADERS STATUS, or `stream` for the status */
import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [file = '', headers = '{}', mode = '200'] = process.argv.slice(2)
const given = JSON.parse(headers)
const body = mode === 'stream' ? undefined : readFileSync(file)
const server = createServer((_request, reply) => {
  reply.writeHead(mode === 'stream' ? 200 : Number(mode), given)
  if (body) reply.end(body)
  else createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(reply)
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port} `))
