/** `reeve check`, as somebody types it beside a running database: what it prints, how it exits, and that --rebuild puts right. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { readConfig } from '../src/lib/config.ts'
import { openMigrated } from '../src/server/lifecycle.ts'
import { createReseller } from '../src/tenants/resellers/resellers.command.ts'
import { reeve } from './command.ts'

const skip = process.env.DATABASE_URL ? 'it starts an embedded database of its own' : false

test('reeve check names what differs and exits with 1, --rebuild puts it right', { skip, timeout: 120_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), 'reeve-check-'))
  const env = { ...process.env, REEVE_DATA: data, DATABASE_URL: '' }
  const check = async (...args: string[]) => {
    const { code, stdout, stderr: failed } = await reeve(['check', ...args], { REEVE_DATA: data })
    return { code, said: stdout.trim(), failed }
  }
  const onLost = (error: Error) => {
    throw error
  }
  const { database } = await openMigrated(readConfig(env), pino({ level: 'silent' }), { onLost, beside: false })
  try {
    const { userId } = await createReseller(database.system, { name: 'North', email: 'north@example.com', isPlatform: false })
    const right = { code: 0, said: 'The lists match the records.' }
    assert.partialDeepStrictEqual(await check(), right)
    await database.system`UPDATE client_list SET status = 'ready', is_test = true`
    await database.system`DELETE FROM user_list WHERE id = ${userId}`
    await database.system`INSERT INTO log_counts (log, of_reseller, of_client, of_user, entries) VALUES ('logins', 1, 0, 0, 3)`
    const wrong = await check()
    assert.equal(wrong.code, 1, wrong.failed)
    assert.match(
      wrong.said,
      /^client_list: differs 1 \(1\)\nuser_list: missing 1 \(\d+\)\nclient_bits: differs 4 \(.*\)\ntenant_versions: users miscounted 1 \(reseller 1\)\nlog_counts: miscounted 1 \(logins of 1\/0\/0\)$/,
    )
    const rebuilt = await check('--rebuild')
    assert.equal(rebuilt.code, 0, rebuilt.failed)
    assert.match(rebuilt.said, /^client_list: differs 1 \(1\), corrected$/m)
    assert.partialDeepStrictEqual(await check(), right)
    assert.equal((await check('--nonsense')).code, 1)
  } finally {
    await database.close()
    rmSync(data, { recursive: true, force: true })
  }
})
