/** Our OpenAPI document held against the contract, as a ratchet: the number of operations that hold may only grow. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { openapiDocument } from '../src/server/openapi-document.ts'

const root = new URL('..', import.meta.url).pathname
/** The contract lies beside the project, not in it. */
const contract = process.env.REEVE_CONTRACT ?? resolve(root, '../shared/contract/check.mjs')
const missing = existsSync(contract) ? false : `the contract is not at ${contract}: say in REEVE_CONTRACT where its check.mjs is`
const held = new URL('./contract.held', import.meta.url)

test('as many operations of the contract hold as test/contract.held says', { skip: missing }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-contract-'))
  try {
    const ours = join(folder, 'openapi.json')
    writeFileSync(ours, JSON.stringify(await openapiDocument()))
    // It exits with 1 while anything is missing.
    const output = await new Promise<string>((done) =>
      execFile(process.execPath, [contract, ours], { maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => done(stdout)),
    )
    const now = Number(/(\d+) of \d+ operations hold/.exec(output)?.[1])
    const before = Number(readFileSync(held, 'utf8'))
    const wrong = output
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith(': not there'))
      .join('\n')
    assert.ok(now >= before, `${now} operations hold, ${before} did. What does not:\n${wrong}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
