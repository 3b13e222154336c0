/** A database as an outside PostgreSQL would offer it: by a URL, for commands that are given DATABASE_URL. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import { openPool } from '../src/db/pool.ts'
import { inDatabase, ownerOf, testServer } from './harness.ts'

let made = 0

/** The URL of an empty database, or of one with the demo world. It is dropped after the last test of the file. */
export async function outsideDatabase({ filled = false } = {}): Promise<string> {
  const { app, maintenance, template } = testServer()
  const name = `${template}_${process.pid}_outside_${made++}`
  const sql = openPool(maintenance, { max: 1 })
  await sql.unsafe(`CREATE DATABASE ${name} OWNER ${ownerOf(app)} ENCODING 'UTF8' TEMPLATE ${filled ? template : 'template0'}`)
  after(async () => {
    await sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
    await sql.end()
  })
  const login = inDatabase(app, name)
  if (typeof login === 'string') return login
  const { host, port, user, password } = login
  if (!host.startsWith('/')) return `postgres://${user}:${password}@${host}:${port}/${name}`
  // The embedded server has a Unix socket alone.
  const door = createServer((client) => {
    const inside = connect(join(host, `.s.PGSQL.${port}`))
    client.pipe(inside).pipe(client)
    for (const [one, other] of [
      [client, inside],
      [inside, client],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy())
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  door.unref()
  after(() => door.close())
  return `postgres://${user}:${password}@127.0.0.1:${(door.address() as AddressInfo).port}/${name}`
}
