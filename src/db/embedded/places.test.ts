/** The embedded PostgreSQL in every place and under every account where it must run, and its sentences where it cannot. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { accountFor, reachableCopy } from './account.ts'
import { chooseAddress } from './address.ts'
import { startPostmaster } from './postmaster.ts'
import { findPrograms, linkLibraries, runAs, runProgram } from './programs.ts'
import { refusal } from './refusal.ts'
import { serverSettings, thisMachine } from './settings.ts'
import { ask, base, newFolder, otherReeve, refuses, rootOnly, start } from './testing.ts'

describe('anywhere', () => {
  test('reaches a folder whose path is too long for a socket', async () => {
    const server = await start(join(base, 'long'.repeat(20), 'path'.repeat(20)))
    await ask(server.app, 'SELECT 1')
    await server.stop()
  })

  test('as root, uses a folder that only root may enter', { ...rootOnly }, async () => {
    const closed = join(base, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const server = await start(join(closed, 'data'))
    await ask(server.app, 'SELECT 1')
    assert.notEqual(statSync(`/proc/${server.pid}`).uid, 0)
    await server.stop()
    assert.equal(statSync(closed).mode & 0o777, 0o700, 'folders of others keep their modes')
  })

  test('as root, copies programs that its account cannot reach, once, also when two start together', rootOnly, async () => {
    const closed = join(base, 'closed-programs')
    mkdirSync(closed, { mode: 0o700 })
    const { native, version } = findPrograms()
    cpSync(native, join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    const account = accountFor(undefined)
    assert.ok(account)
    const closedOnes = { native: join(closed, 'native'), version, account }
    await assert.rejects(
      runProgram(closedOnes, 'postgres', '/', () => ['--version']),
      { code: 'EACCES' },
      'this test needs a closed folder',
    )
    const open = join(base, 'programs')
    const works = async (native: string) =>
      (await runProgram({ ...closedOnes, native }, 'postgres', '/', () => ['--version'])).includes('18')
    const copies = await Promise.all([1, 2].map(() => reachableCopy(closedOnes.native, version, works, [open])))
    assert.deepEqual(
      copies,
      [1, 2].map(() => join(open, `postgresql-${version}`)),
    )
    assert.deepEqual(readdirSync(open), [`postgresql-${version}`], 'drafts must be removed')
    // Planted by another account: not to be run.
    chownSync(join(open, `postgresql-${version}`), account.uid, account.gid)
    await assert.rejects(reachableCopy(closedOnes.native, version, works, [open]), /root alone may write/)
    assert.deepEqual(await runAs({ native, version }, undefined), { native, version }, 'an ordinary user runs them where they are')
  })

  test('as an ordinary user', rootOnly, async () => {
    const folder = newFolder()
    mkdirSync(folder)
    chownSync(folder, 65534, 65534)
    const { child, firstLine } = otherReeve(folder, { uid: 65534, gid: 65534 })
    assert.match(await firstLine, /^ready/)
    child.stdin?.end()
    await once(child, 'exit')
    // Root takes it over with the account that owns it.
    const server = await start(folder)
    assert.equal(statSync(`/proc/${server.pid}`).uid, 65534)
    await server.stop()
  })

  test('on the loopback, where there are no Unix sockets', async () => {
    const folder = newFolder()
    const first = await start(folder)
    await first.stop()
    const cluster = join(folder, 'postgres')
    const address = await chooseAddress(cluster, 'win32')
    const programs = await runAs(findPrograms(), accountFor(statSync(cluster)))
    const run = {
      programs,
      cluster,
      address,
      settings: serverSettings(thisMachine(1e12)),
      log: () => {},
      signal: new AbortController().signal,
    }
    const server = await startPostmaster(run)
    assert.equal(address.host, '127.0.0.1')
    await ask({ ...first.app, host: address.host, port: address.port }, 'SELECT 1')
    await server.stop()
  })
})

describe('refuses, in a sentence', () => {
  test('a folder that is a file', async () => {
    const path = join(base, 'file')
    writeFileSync(path, '')
    await refuses(path, /must be a folder: set REEVE_DATA/)
    await refuses(join(path, 'below'), /must be a folder: set REEVE_DATA/)
  })

  test('a cluster of another PostgreSQL version, and a folder that is none', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'postgres'), { recursive: true })
    writeFileSync(join(folder, 'postgres/PG_VERSION'), '17\n')
    await refuses(folder, /made by PostgreSQL 17, .* brings PostgreSQL 18.*reeve dump.*DATABASE_URL/)
    rmSync(join(folder, 'postgres/PG_VERSION'))
    writeFileSync(join(folder, 'postgres/letter.txt'), '')
    await refuses(folder, /not a PostgreSQL data folder/)
    assert.deepEqual(readdirSync(folder), ['postgres'], 'a refused start unlocks, and leaves nothing')
  })

  test('a platform without binaries', () => {
    assert.throws(() => findPrograms('aix', 'ppc64'), { name: 'StartupError', message: /aix on ppc64.*DATABASE_URL/ })
  })

  test('a folder of another account', rootOnly, async () => {
    const folder = newFolder()
    mkdirSync(folder, { mode: 0o700 })
    const { firstLine } = otherReeve(folder, { uid: 65534, gid: 65534 })
    assert.match(await firstLine, /^StartupError: .*uid 65534, may not read and write .*REEVE_DATA/)
    chmodSync(folder, 0o777)
    mkdirSync(join(folder, 'postgres'), { mode: 0o700 })
    assert.match(
      await otherReeve(folder, { uid: 65534, gid: 65534 }).firstLine,
      /^StartupError: .*belongs to the account with uid 0.*chown/,
    )
  })

  test('a full disk', async (t) => {
    const error = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    assert.match(String(refusal('/data', error)), /StartupError: The disk that holds \/data is full/)
    const folder = newFolder()
    mkdirSync(folder)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', folder], { stdio: 'ignore' })
    } catch {
      return t.skip('a real one needs the right to mount')
    }
    try {
      await refuses(folder, /The disk that holds .* is full/)
    } finally {
      execFileSync('umount', [folder])
    }
  })

  test('what it does not know, with the last words of the server', async () => {
    const folder = newFolder()
    await (await start(folder)).stop()
    writeFileSync(join(folder, 'postgres/postgresql.auto.conf'), 'no_such_setting = 1\n')
    await refuses(folder, /Its last words:[\s\S]*unrecognized configuration parameter "no_such_setting"/)
  })
})

test("library links that npm's install script did not make are made", { skip: process.platform === 'win32' }, () => {
  const root = join(base, 'package')
  mkdirSync(join(root, 'native/lib'), { recursive: true })
  writeFileSync(join(root, 'native/lib/libx.so.1.2'), 'library')
  writeFileSync(
    join(root, 'native/pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]),
  )
  linkLibraries(root)
  linkLibraries(root)
  assert.equal(
    readlinkSync(join(root, 'native/lib/libx.so.1')),
    'libx.so.1.2',
    'the link must stay true when the package is moved or copied',
  )
})
