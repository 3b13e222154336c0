/** Readers who ask for the whole list and then take nothing hold a snapshot each: nobody else may have to wait for them. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { type Database, STREAMS } from '../src/db/open.ts'
import { openWorld } from './harness.ts'
import { until } from './until.ts'
import { expecting, listen, type Wire } from './wire.ts'

const t = await openWorld()
const wire = await listen(t.app)
const readers: Socket[] = []
after(() => {
  for (const socket of readers) socket.destroy()
  wire.close()
})

/** More than the connections of the pool, whatever they are. */
const READERS = 30
/** Enough rows that no socket's buffers take the whole list: about 25 MB. */
const TIMES = 40

const expect = expecting(wire, { authorization: `APIKey ${t.shown.clients[0]?.token}` })
const another = { authorization: `APIKey ${t.shown.resellers[1]?.token}` }
const staff = { authorization: `APIKey ${t.shown.resellers[0]?.token}` }

/** Makes the whole list longer than any socket's buffers. */
async function lengthen({ system }: Database) {
  await system`DROP INDEX client_list_search` // it would take most of the time that this test needs
  for (const table of ['client_list', 'client_documents']) {
    const [rest] = await system`SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
      WHERE attrelid = ${table}::regclass AND attnum > 0 AND attname <> 'id'`
    await system.unsafe(
      `INSERT INTO ${table} (id, ${rest?.columns}) SELECT id + n * 1000000, ${rest?.columns} FROM ${table}, generate_series(1, ${TIMES}) n`,
    )
  }
  await system`ANALYZE client_list`
}

/** Asks for the whole list and takes nothing. Resolves when the first bytes are there, or the server said no. */
function stopAtOnce({ port }: Wire): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  readers.push(socket)
  socket.on('error', () => {})
  socket.write(`GET /iam/clients HTTP/1.1\r\nHost: x\r\nAuthorization: ${staff.authorization}\r\n\r\n`)
  return new Promise((resolve) => ['readable', 'close'].map((event) => socket.once(event, () => resolve(socket))))
}

test('200 for everybody else while thirty readers of the whole list take nothing', async () => {
  await lengthen(t.database)
  const begun = Array.from({ length: READERS }, () => stopAtOnce(wire))
  await Promise.race([Promise.all(begun), new Promise((resolve) => setTimeout(resolve, 2000))])
  await expect(200, 'GET', '/iam/users/me')
  await expect(200, 'GET', '/iam/clients?limit=10', staff)
  const path = `/iam/v2/clients/${t.shown.clients[0]?.id}/tokens`
  await expect(200, 'GET', path)
  const { body } = await expect(200, 'GET', '/iam/users', another)
  assert.ok(body.results.length > 0, 'a whole list too, for another tenant')
})

test('200 for the whole list again once they have left', async () => {
  for (const socket of readers.splice(0)) socket.destroy()
  const { body } = await expect(200, 'GET', '/iam/clients?reseller_id=2&deleted=true', staff)
  assert.ok(Array.isArray(body) && body.length > 0, 'the list is whole')
})

test('a reader who takes nothing for as long as we wait is cut, and its connection is free', async () => {
  const hasty = await openWorld({ slowest: { timeout: 100, rate: 0 } })
  await lengthen(hasty.database)
  const hastyWire = await listen(hasty.app)
  after(() => hastyWire.close())
  const streaming = () => hasty.database.system`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`
  const [socket] = await Promise.all(Array.from({ length: STREAMS }, () => stopAtOnce(hastyWire)))
  // Ends with the time limit of the test run where nobody is cut.
  await until('the reader is cut', async () => (await streaming()).length === 0)
  const taken: Buffer[] = await (socket as Socket).toArray()
  assert.doesNotMatch(Buffer.concat(taken).toString().slice(-20), /\r\n0\r\n\r\n$/, 'what was cut must not look like a whole answer')
})

test('so is one who takes a little all the time, and one who takes enough has the whole list', async () => {
  const fussy = await openWorld({ slowest: { timeout: 1000, rate: 4 * 1024 * 1024 } })
  await lengthen(fussy.database)
  const fussyWire = await listen(fussy.app)
  after(() => fussyWire.close())
  const socket = await stopAtOnce(fussyWire)
  // 64 KB in 50 ms, 1.3 MB a second: each piece is taken in time, but all of them are too slow.
  const sips = setInterval(() => socket.read(64 * 1024), 50)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(sips)
  const { body } = await expecting(fussyWire, staff)(200, 'GET', '/iam/clients')
  assert.ok(body.length > 1000)
})
