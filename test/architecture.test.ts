/** What the layout of the source promises: who holds the handle that sees every tenant, who reads the lists, no cycles, short files. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import Fastify from 'fastify'
import { pino } from 'pino'
import { buildApp } from '../src/app.ts'
import { guard } from '../src/http/access.ts'

const root = new URL('..', import.meta.url).pathname
const files = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .sort()
const source = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

/** The imports of a file: what is named, and the file where it is one of ours. */
const importsOf = (file: string) =>
  [
    ...(source.get(file) ?? '').matchAll(
      /(?:^|\n)\s*(?:import|export)\s([^'"]*?)from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
    ),
  ].map(([, names = '', from = '', dynamic]) => {
    const target = dynamic ?? from
    return { names, dynamic: dynamic !== undefined, file: target.startsWith('.') ? normalize(join(dirname(file), target)) : undefined }
  })

/** Who may hold the handle that sees every tenant, and why. */
const seesEveryTenant: [RegExp, string][] = [
  [/^src\/db\//, 'makes it, and migrates'],
  [/^src\/app\.ts$/, 'hands it to those below'],
  [/^src\/http\/authenticate\.ts$/, 'credential → caller, before there is one'],
  [/^src\/lib\/(signing-keys(\.store)?|secret)\.ts$/, 'the secret and the keys belong to no tenant'],
  [/^src\/resources\/account\/account\.(queries|routes|rules|sign-in|attempts|attempts\.queries|logins\.queries)\.ts$/, 'signing in'],
  [/^src\/resources\/account\/account\.notices\.ts$/, 'work without a caller: failed sign-ins told to those who want to know'],
  [/^src\/resources\/account\/account\.expiry\.ts$/, 'mails a link to who signs in'],
  [/^src\/resources\/two-step\/two-step\.(proof|queries|notices)\.ts$/, 'codes at a sign-in, and mails about them'],
  [
    /^src\/resources\/passkeys\/passkeys\.(challenges|places|queries|routes|rules|sign-in)\.ts$/,
    'signing in with a passkey, and challenges',
  ],
  [/^src\/resources\/account\/account\.passwords\.ts$/, 'earlier passwords, which nobody else reads'],
  [/^src\/resources\/account\/account\.links(\.routes)?\.ts$/, 'a forgotten password, asked for by nobody known'],
  [/^src\/resources\/branding\/branding\.images\.routes\.ts$/, 'a sign-in page shows them to whoever is nobody yet'],
  [/^src\/resources\/links\/links\.(queries|routes|rules)\.ts$/, 'who follows a link has no caller yet'],
  [/^src\/resources\/server\/server\.routes\.ts$/, 'health'],
  [/^src\/resources\/tokens\/last-usage\.ts$/, 'written in batches for all tenants'],
  [/^src\/(resellers|operators)\.ts$/, 'the command line'],
  [/^src\/mail\/send\.ts$/, 'sends what all tenants left in the outbox, without a caller'],
  [/^src\/resources\/email-changes\/email-changes\.queries\.ts$/, 'a change that waited is made by a job'],
  [/^src\/demo\//, 'fills an empty database'],
  [/^src\/jobs\//, 'work without a caller'],
]

test('only listed files hold the handle that sees every tenant', () => {
  for (const [file, text] of source) {
    if (seesEveryTenant.some(([pattern]) => pattern.test(file))) continue
    assert.doesNotMatch(
      text,
      /\bSystemSql\b|\bsystemHandle\b|Database\['system'\]/,
      `${file} must take a ScopedSql; or say in test/architecture.test.ts why it may see all tenants`,
    )
  }
  for (const [pattern] of seesEveryTenant.filter(([pattern]) => !/jobs/.test(pattern.source)))
    assert.ok(
      files.some((file) => pattern.test(file)),
      `${pattern} matches no file any more: take it out of the list`,
    )
})

test('only db/ makes handles and knows the driver: scope.ts brands them, open.ts and nobody else opens connections', () => {
  for (const [file, text] of source) {
    if (!/^src\/db\/(open|scope)\.ts$/.test(file))
      assert.doesNotMatch(text, /\bsystemHandle\(|\bcreateScope\(/, `${file} must be given its handle`)
    if (file.startsWith('src/db/')) continue
    assert.doesNotMatch(text, /\bopenPool\(/, `${file} must not open connections of its own`)
    assert.doesNotMatch(text, /from 'pg(-(?!boss)[\w-]+)?'|import\('pg(-(?!boss)[\w-]+)?'\)/, `${file} must not know the driver`)
    assert.doesNotMatch(text, /as unknown as (Scoped|System)Sql|as (Scoped|System)Sql/, `${file} must not brand a handle itself`)
  }
})

/** Who may ask the machine for the time, which a demo's clock does not move, and why. */
const elapsedTime: [RegExp, string][] = [
  [/^src\/lib\/clock\.ts$/, 'makes the clock'],
  [/^src\/db\/schema\/01_values\.sql$/, 'makes the clock in the database'],
  [/^src\/db\/schema\/08_mail\.sql$/, 'waits for mail servers, which live in real time'],
  [/^src\/db\/migrations\/0001_baseline\.sql$/, 'is made of these'],
  [/^src\/(mail\/send(\.queries)?|resources\/outbox\/outbox\.queries)\.ts$/, 'likewise'],
  [/^src\/db\/(migrate\.ts|embedded\/)/, 'when the schema was changed, how long processes take'],
  [/^src\/db\/(hosts|disk)\.ts$/, 'how long a database is away, or full'],
  [/^src\/http\/rate-limits\.ts$/, 'requests in a real second'],
  [/^src\/jobs\/calendar\.ts$/, 'how long runs take, and pauses'],
  [/^src\/lib\/signing-keys\.ts$/, 'how old its copy of the keys is'],
  [/^src\/resources\/account\/account\.queries\.ts$/, 'how long real clients race with one refresh token'],
  [/^src\/serve\.ts$/, 'a signal told twice'],
  [/^src\/demo\/demo\.ts$/, 'shows how far it is'],
  [/^src\/lib\/progress\.ts$/, 'shows how far long work is'],
  [/^src\/http\/streams\.ts$/, 'how long a reader takes'],
  [/^src\/http\/errors\.ts$/, 'how often a busy server says so in its log'],
]

test('what happens when is asked of the one clock', () => {
  const schema = globSync('src/db/{schema,migrations}/*.sql', { cwd: root })
  const texts = [...source, ...schema.map((file) => [file, readFileSync(join(root, file), 'utf8')] as const)]
  const asking = texts.filter(([file, text]) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|(\/\/|-- ).*/g, '')
    const found =
      /(?<![\w.])now\(\)|\b(clock|statement|transaction)_timestamp\(|\bcurrent_(timestamp|date)\b|\bDate\.now\b|new Date\(\)|performance\.now/i.exec(
        code,
      )
    if (!found) return false
    const allowed = elapsedTime.some(([pattern]) => pattern.test(file))
    assert.ok(
      allowed,
      `${file} asks the machine (${found[0]}): ask reeve_now() or clock.now(), or say in test/architecture.test.ts why not`,
    )
    return true
  })
  for (const [pattern] of elapsedTime)
    assert.ok(
      asking.some(([file]) => pattern.test(file)),
      `${pattern} asks the machine for the time no more: take it out of the list`,
    )
})

test('the lists outside row-level security are read only by the queries that name the tenant', () => {
  const allowed: Record<string, RegExp> = {
    client_list: /^src\/(resources\/clients\/clients\.(queries|counts|filters)|demo\/load|db\/check)\.ts$/,
    client_people: /^src\/(resources\/clients\/clients\.(counts|filters)|demo\/load|db\/check)\.ts$/,
    client_documents: /^src\/(resources\/clients\/clients\.queries|demo\/load|db\/check)\.ts$/,
    client_bits: /^src\/(resources\/clients\/clients\.bits|demo\/load|db\/check)\.ts$/,
    log_counts: /^src\/(resources\/activity\/activity\.queries|demo\/load|db\/check)\.ts$/,
    user_list: /^src\/(resources\/users\/users\.queries|demo\/load|db\/check)\.ts$/,
  }
  for (const [list, pattern] of Object.entries(allowed))
    for (const [file, text] of source) {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      if (!pattern.test(file)) assert.ok(!code.includes(list), `${file} reads ${list}: call a function of its *.queries.ts instead`)
    }
  for (const [file, text] of source)
    if (/\.queries\.ts$/.test(file))
      for (const [statement] of text.matchAll(/FROM (client_list|client_documents|user_list)\b[\s\S]{0,60}/g))
        assert.match(
          statement,
          /WHERE \$\{(matching|visible)\(/,
          `${file}: “${statement}” must begin its WHERE with what the caller may see`,
        )
})

test('a route without access keeps the server from starting', () => {
  const app = Fastify()
  guard(
    app,
    Object.assign(async () => assert.fail('not called'), { forget: () => {} }),
  )
  const schema = { operationId: 'forgotten' }
  assert.throws(() => app.get('/iam/forgotten', { schema }, async () => 'to all the world'), /declares no access/)
  assert.doesNotThrow(() => app.get('/iam/remembered', { schema, config: { access: 'public' } }, async () => ''))
})

test('every route of the application was declared under that guard, with an operationId, or is hidden on purpose', async () => {
  const app = await buildApp({
    migrations: [],
    log: pino({ level: 'silent' }),
    trustProxy: [],
    mail: { addresses: { url: '' } },
    version: 'test',
  } as unknown as Parameters<typeof buildApp>[0])
  await app.ready()
  const ids: string[] = []
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
  for (const [path, item] of Object.entries((app.swagger() as any).paths))
    for (const [method, operation] of Object.entries(item as Record<string, { operationId?: string; security?: object[] }>)) {
      assert.ok(operation.operationId, `${method} ${path} needs an operationId: the activity names requests by it`)
      assert.ok(operation.security, `${method} ${path} has no security: it was not declared through describe()`)
      ids.push(operation.operationId)
    }
  assert.equal(new Set(ids).size, ids.length, 'two operations have one operationId')
  await app.close()
  const hiding = files.filter((file) => /hide:\s*true/.test(source.get(file) ?? ''))
  assert.deepEqual(hiding, ['src/app.ts'], 'a hidden route is in no table of the tests: only /openapi.json may be')
})

test('a file is readable in one sitting: at most 300 lines, and opens with its purpose', () => {
  for (const [file, text] of source) {
    const lines = text.split('\n').length - 1
    assert.ok(lines <= 300, `${file} has ${lines} lines: part it by purpose`)
    assert.match(text, /^(#!.*\n)?\/\*\*? ?\S|^\/\/ /, `${file} must open with a sentence on its purpose`)
  }
})

test('no file of src imports another in a circle', () => {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (file: string, way: string[]) => {
    if (state.get(file) === 'done') return
    assert.notEqual(state.get(file), 'open', `import cycle: ${[...way.slice(way.indexOf(file)), file].join(' → ')}`)
    state.set(file, 'open')
    for (const one of importsOf(file)) if (one.file?.endsWith('.ts') && !one.dynamic) visit(one.file, [...way, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
})

test('http/ and lib/ know no resource, and nothing but the command line knows the demo', () => {
  for (const file of files)
    for (const { file: target = '' } of importsOf(file)) {
      if (/^src\/(http|lib|db)\//.test(file))
        assert.doesNotMatch(target, /^src\/resources\//, `${file} imports ${target}: it must be given what it needs`)
      if (!/^src\/(demo|cli)\//.test(file)) assert.doesNotMatch(target, /^src\/demo\//, `${file} imports ${target}`)
    }
})
