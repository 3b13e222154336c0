/** npm run schema: writes docs/schema.md from what src/db/schema declares. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/db/embedded/server.ts'
import { openPool } from '../../src/db/pool.ts'
import { schemaDocument } from './document.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-schema-'))
const server = await startEmbedded(join(folder, 'data'), { settings: { fsync: 'off' } })
const pool = openPool(server.app, { max: 1 })
try {
  writeFileSync(new URL('../../docs/schema.md', import.meta.url), await pool.begin(schemaDocument))
} finally {
  await pool.end()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
