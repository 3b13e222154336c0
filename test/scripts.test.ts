/** What package.json offers to those who work on Reeve: npm run dev restarts when a file changes, npm run fix formats. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import manifest from '../package.json' with { type: 'json' }
import { until } from './until.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'reeve-scripts-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const env = { PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter), HOME: folder }

test('npm run dev serves the demo, and again after a file has changed', { timeout: 120_000 }, async () => {
  const settings = { ...env, REEVE_DATA: join(folder, 'data'), REEVE_DEMO_CLIENTS: '20', PORT: '0' }
  const child = spawn('sh', ['-c', manifest.scripts.dev], { cwd: root, env: settings, stdio: ['ignore', 'pipe', 'inherit'] })
  after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const starts = () => said.match(/^Reeve answers at /gm)?.length ?? 0
  await until('the first start', () => starts() === 1)
  const now = new Date()
  utimesSync(join(root, 'src/cli/program.ts'), now, now)
  await until('a start after the change', () => starts() === 2)
  child.kill('SIGTERM')
  await once(child, 'close')
})

test('npm run fix writes files as npm run check wants them', () => {
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'one.ts')
  writeFileSync(file, 'export const   a = "b";')
  const { status, stderr } = spawnSync('sh', ['-c', manifest.scripts.fix], { cwd: folder, env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.equal(readFileSync(file, 'utf8'), "export const a = 'b'\n")
})
