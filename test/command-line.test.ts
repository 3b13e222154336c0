/** The command line explains itself, and refuses in a sentence what it does not understand. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import manifest from '../package.json' with { type: 'json' }
import { unknownSettings } from '../src/lib/config.ts'
import { reeve } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'reeve-command-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const all = await reeve(['--help'])
const commands = [...all.stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name = '']) => name)

test('every command has help with its options and an example, and does nothing else', { timeout: 120_000 }, async () => {
  assert.equal(all.code, 0)
  for (const name of ['serve', 'demo', 'seed', 'migrate', 'operator', 'reseller', 'check', 'rotate-keys', 'mail', 'openapi'])
    assert.ok(commands.includes(name), `reeve --help must list ${name}`)
  assert.ok(!commands.includes('worker'), 'people do not start workers')
  for (const name of commands) {
    const data = join(folder, name)
    const long = await reeve([name, '--help'], { REEVE_DATA: data })
    assert.deepEqual([long.code, long.stderr], [0, ''], `reeve ${name} --help`)
    assert.match(long.stdout, new RegExp(`^Usage: reeve ${name} [\\s\\S]*^Options:[\\s\\S]*^Example:\\n.*reeve ${name}`, 'm'))
    assert.deepEqual(await reeve([name, '-h'], { REEVE_DATA: data }), long)
    assert.ok(!existsSync(data), `reeve ${name} --help must make nothing`)
  }
  assert.match((await reeve(['openapi', '--help'])).stdout, /--write <file>/)
  assert.deepEqual(await reeve([]), all, 'without a command it is the same')
  for (const args of [['--version'], ['serve', '--version']])
    assert.deepEqual(await reeve(args), { code: 0, stdout: `${manifest.version}\n`, stderr: '' })
})

test('what it does not understand it refuses, naming the nearest', { timeout: 60_000 }, async () => {
  const wrong: [string[], RegExp][] = [
    [['srve'], /unknown command 'srve'\n\(Did you mean serve\?\)/],
    [['serve', '--hlep'], /unknown option '--hlep'\n\(Did you mean --help\?\)/],
    [['migrate', '--foo'], /unknown option '--foo'/],
    [['rotate-keys', 'now'], /too many arguments/],
    [['seed', '--client', '30'], /\(Did you mean --clients\?\)/],
    [['seed', '--clients', 'abc'], /--clients .*It takes a whole number from 20 to 10000000/],
    [['operator'], /--email/],
    [['mail', '--template', 'none'], /^--template takes one of: /],
    [['openapi', '--check', join(folder, 'absent.json')], /absent.json differs/],
  ]
  const data = join(folder, 'untouched')
  for (const [args, words] of wrong) {
    const { code, stdout, stderr } = await reeve(args, { REEVE_DATA: data })
    assert.deepEqual([code, stdout], [1, ''], `reeve ${args.join(' ')} must fail and print nothing on stdout`)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack')
  }
  assert.ok(!existsSync(data))
})

test('a misspelt setting is named with the nearest one; what others set is passed over', async () => {
  const { code, stderr } = await reeve(['mail', '--template', 'invitation'], { REEVE_WORKER: '4' })
  assert.deepEqual([code, stderr], [0, 'Warning: REEVE_WORKER is not a setting; did you mean REEVE_WORKERS?\n'])
  const meant = (name: string) => /did you mean (\w+)/.exec(unknownSettings({ [name]: 'x' })[0] ?? '')?.[1]
  assert.equal(meant('REEVE_SECRT'), 'REEVE_SECRET')
  assert.equal(meant('REEVE_PORT'), 'PORT')
  assert.equal(meant('REEVE_DATABASE_URL'), 'DATABASE_URL')
  assert.deepEqual(unknownSettings({ REEVE_SOMETHING_ELSE: 'x' }), ['Warning: REEVE_SOMETHING_ELSE is not a setting.'])
  const kubernetes = { REEVE_PORT: 'tcp://10.0.0.1:80', REEVE_PORT_80_TCP_ADDR: '10.0.0.1', REEVE_SERVICE_HOST: '10.0.0.1' }
  assert.deepEqual(unknownSettings({ ...kubernetes, REEVE_DATA: 'x', PATH: 'x' }), [])
})
