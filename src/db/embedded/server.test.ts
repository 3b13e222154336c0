/** The embedded PostgreSQL, its life and its recovery: against real folders, real processes and real kills. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pidNamespace, processStart } from './processes.ts'
import type { EmbeddedServer } from './server.ts'
import { ask, base, children, isRoot, kill, linuxOnly, newFolder, otherReeve, refuses, start, until } from './testing.ts'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('one server, from its first start', () => {
  const folder = newFolder()
  const lines: string[] = []
  let server: EmbeddedServer

  test('makes role and database at the first start', async () => {
    server = await start(folder, { log: (line) => lines.push(line) })
    const [row] = await ask(
      server.app,
      `SELECT current_user AS name, current_database() AS database, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS mighty,
      pg_get_userbyid(datdba) AS owner, datlocprovider AS provider, datlocale AS locale, pg_encoding_to_char(encoding) AS encoding
      FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
    )
    assert.deepEqual(
      { ...row },
      { name: 'reeve', database: 'reeve', mighty: false, owner: 'reeve', provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8' },
      'see prepareDatabase() and the flags of initdb',
    )
  })

  test('is durable, checks its pages, and listens on a socket that only its account may use', async () => {
    const names = [
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'data_checksums',
      'listen_addresses',
      'unix_socket_permissions',
      'password_encryption',
    ]
    const rows = await ask(server.admin, `SELECT name, setting FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`)})`)
    const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    const expected = {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      password_encryption: 'scram-sha-256',
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(settings[name], value, `${name}: see serverSettings()`)
    if (process.platform !== 'win32')
      assert.deepEqual([settings.listen_addresses, settings.unix_socket_permissions], ['', '0700'], 'see chooseAddress()')
    const modes = ['', 'postgres', 'postgres.password', 'reeve.password'].map((name) => modeOf(join(folder, name)))
    assert.deepEqual(modes, ['700', '700', '600', '600'], 'others must not read the data or the passwords')
  })

  test('the password of the application is not that of the superuser', async () => {
    assert.notEqual(server.app.password, server.admin.password)
    const { user, database } = server.admin
    await assert.rejects(ask({ ...server.app, user, database }, 'SELECT 1'), { code: '28P01' })
  })

  test('asks for the password', async () => {
    await assert.rejects(
      ask({ ...server.app, password: 'wrong' }, 'SELECT 1'),
      { code: '28P01' },
      'initdb must set scram-sha-256 for local connections',
    )
  })

  test('knows letters beyond ASCII, for trigram search and for lower()', async () => {
    const [row] = await ask(
      server.app,
      `CREATE EXTENSION pg_trgm; SELECT cardinality(show_trgm('жук')) AS trigrams, lower('ЖУК É') AS low`,
    ).then((all) => all.flat().slice(-1))
    assert.deepEqual({ ...row }, { trigrams: 4, low: 'жук é' }, 'LC_CTYPE must be a UTF-8 one: see the flags of initdb')
  })

  test('is a process group of its own, out of reach of Ctrl-C', linuxOnly, () => {
    const group = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]
    assert.equal(Number(group), server.pid, 'spawn it detached, or Ctrl-C ends it before requests are drained')
  })

  test('refuses a second start on the same folder, in this process and in another', async () => {
    await refuses(folder, new RegExp(`as process ${process.pid}:`))
    assert.match(
      await otherReeve(folder).firstLine,
      new RegExp(`^StartupError: .*as process ${process.pid}:`),
      'the sentence names the first process',
    )
    await ask(server.app, 'SELECT 1')
  })

  test('refuses a second start in another container, and leaves the lock to the first', linuxOnly, async () => {
    const lock = join(folder, 'reeve.pid')
    const mine = readFileSync(lock, 'utf8')
    writeFileSync(lock, mine.replace(pidNamespace(), 'pid:[1]'))
    await refuses(folder, /of another container: stop that one first/)
    writeFileSync(lock, mine)
  })

  test('keeps secrets out of the log', async () => {
    await assert.rejects(ask(server.app, `SELECT 'hunter2'::int`))
    await assert.rejects(ask(server.app, `CREATE TABLE t (email text PRIMARY KEY); INSERT INTO t VALUES ('hunter2'), ('hunter2')`))
    const log = lines.join('\n')
    assert.match(log, /ready to accept connections/, 'the log gets the lines of the server')
    assert.ok(
      !log.includes('hunter2') && !log.includes(server.app.password),
      `a value or password reached the log: see log_* in serverSettings()\n${log}`,
    )
  })

  test('keeps its data over stop and start; stop may be called again', async () => {
    await ask(server.app, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    assert.equal(processStart(server.pid), undefined, 'stop() must wait for the end of the server')
    assert.ok(!existsSync(join(folder, 'reeve.pid')), 'stop() must unlock the folder')
    server = await start(folder)
    assert.equal((await ask(server.app, 'SELECT answer FROM kept'))[0]?.answer, 42)
  })

  test('makes role and database after a first start that was killed before', async () => {
    await ask(server.admin, 'DROP DATABASE reeve')
    await ask(server.admin, 'DROP ROLE reeve')
    await server.stop()
    server = await start(folder)
    await ask(server.app, 'SELECT 1')
  })

  test('makes a new password where the file was lost, and says so where it is wrong', async () => {
    const path = join(folder, 'postgres.password')
    await server.stop()
    writeFileSync(path, 'wrong\n')
    await refuses(folder, /postgres\.password .* delete it/)
    rmSync(path)
    server = await start(folder)
    assert.notEqual(server.admin.password, 'wrong')
    await ask(server.app, 'SELECT 1')
    await ask(server.admin, 'SELECT 1')
    await server.stop()
  })

  test('a folder whose roles share a password, as earlier versions made them, gets two at the next start', async () => {
    server = await start(folder)
    for (const role of ['reeve', 'postgres']) await ask(server.admin, `ALTER ROLE ${role} PASSWORD 'shared'`)
    await server.stop()
    writeFileSync(join(folder, 'postgres.password'), 'shared\n')
    rmSync(join(folder, 'reeve.password'))
    if (process.platform !== 'win32') chmodSync(folder, 0o755)
    server = await start(folder)
    assert.ok(!['shared', server.admin.password].includes(server.app.password) && server.admin.password !== 'shared')
    for (const login of [server.admin, server.app]) {
      await ask(login, 'SELECT 1')
      await assert.rejects(ask({ ...login, password: 'shared' }, 'SELECT 1'), { code: '28P01' })
    }
    if (process.platform !== 'win32') assert.equal(modeOf(folder), '700', 'a folder that was open to others is closed')
    await server.stop()
  })
})

describe('after a kill', () => {
  test('stops the server of a killed Reeve, and takes over its lock', { ...linuxOnly }, async () => {
    const folder = newFolder()
    const { child, firstLine } = otherReeve(folder)
    const pid = Number((await firstLine).split(' ')[1])
    await kill(child)
    assert.notEqual(processStart(pid), undefined, 'this test needs the server to survive its Reeve')
    const lines: string[] = []
    const server = await start(folder, { log: (line) => lines.push(line) })
    assert.equal(processStart(pid), undefined, 'two servers on one cluster: see clearLeftover()')
    assert.match(lines.join('\n'), new RegExp(`earlier Reeve still runs as process ${pid}`))
    await ask(server.app, 'SELECT 1')
    await server.stop()
  })

  test('recovers from a kill in the middle of initdb', async () => {
    const folder = newFolder()
    const { child } = otherReeve(folder)
    await until(
      'initdb writes',
      () =>
        existsSync(folder) &&
        readdirSync(folder).some((name) => name.startsWith('postgres.init-') && existsSync(join(folder, name, 'data/global'))),
    )
    await kill(child)
    const server = await start(folder)
    await ask(server.app, 'SELECT 1')
    await server.stop()
  })

  test('is not misled by pids that now belong to unrelated processes', linuxOnly, async () => {
    const folder = newFolder()
    const first = await start(folder)
    await ask(first.app, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const { uid, gid } = statSync(join(folder, 'postgres'))
    const { child, firstLine } = otherReeve(join(base, 'nowhere'))
    // Of the server's own account: PostgreSQL ignores those of others by itself.
    const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {})
    children.add(stranger)
    await first.stop()
    writeFileSync(join(folder, 'reeve.pid'), `${stranger.pid}\n${processStart(process.pid)?.split(' ')[0]} 1\n${pidNamespace()}\ntoken\n`)
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
      writeFileSync(join(folder, 'postgres', name), `${stranger.pid}\n/gone\n1\n5432\n.\n\n 1 1\nready   \n`)
      chownSync(join(folder, 'postgres', name), uid, gid)
    }
    const server = await start(folder)
    assert.equal((await ask(server.app, 'SELECT answer FROM kept'))[0]?.answer, 42)
    assert.equal(stranger.exitCode ?? stranger.signalCode, null, 'an unrelated process was killed: see servesCluster()')
    await server.stop()
    stranger.kill()
    assert.match(await firstLine, /^ready/)
    child.stdin?.end()
    await once(child, 'exit')
  })

  test('one alone takes over a stale lock, of many that try at once', async () => {
    const folder = newFolder()
    mkdirSync(folder)
    writeFileSync(join(folder, 'reeve.pid'), `999999999\nbefore\n${pidNamespace()}\ntoken\n`)
    const script = `const { lockFolder } = await import(${JSON.stringify(new URL('lock.ts', import.meta.url).href)})
      while (Date.now() < ${Date.now() + 1500});
      try { await lockFolder(${JSON.stringify(folder)}, async () => false); console.log('mine') } catch (error) { console.log(error.name) }
      process.stdin.resume()`
    const tries = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    for (const child of tries) children.add(child)
    const said = await Promise.all(tries.map(async (child) => String((await once(child.stdout, 'data'))[0]).trim()))
    assert.deepEqual(
      said.sort(),
      ['StartupError', 'StartupError', 'StartupError', 'mine'],
      'two Reeves on one folder: see claim() in lock.ts',
    )
    assert.deepEqual(readdirSync(folder), ['reeve.pid'], 'drafts and rights must be removed')
    await Promise.all(tries.map(kill))
  })

  test('restarts a server that dies, on the same address, and gives up after the fifth death within a minute', async () => {
    let lost: Error | undefined
    const server = await start(newFolder(), {
      onLost: (error) => {
        lost = error
      },
    })
    await ask(server.app, 'CREATE TABLE kept AS SELECT 42 AS answer')
    // Backends in a computation do not notice the death of their server, and keep the shared memory.
    const busy = ask(server.app, 'SELECT count(*) FROM (SELECT generate_series(1, 100000000000)) AS long').catch(() => {})
    await until(
      'the computation runs',
      async () =>
        (
          await ask(
            server.admin,
            `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND state = 'active' AND pid <> pg_backend_pid()`,
          )
        ).length > 0,
    )
    for (let death = 1; death <= 5; death++) {
      const pid = server.pid
      process.kill(pid, 'SIGKILL')
      if (death < 5) {
        await until('another server runs', () => server.pid !== pid)
        assert.equal((await ask(server.app, 'SELECT answer FROM kept'))[0]?.answer, 42)
      }
    }
    await until('onLost is called', () => lost !== undefined)
    assert.match(String(lost), /died 5 times within a minute, last with: SIGKILL/)
    await busy
    await server.stop()
  })
})
