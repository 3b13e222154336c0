/** What the layout of the source promises: who holds the handle that sees every tenant, who reads the lists, no cycles, short files. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import Fastify from 'fastify'
import { pino } from 'pino'
import { guard } from '../src/http/access.ts'
import { buildApp } from '../src/server/app.ts'

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
  [/^src\/db\//, 'makes it, migrates, and keeps the secret and the keys, which belong to no tenant'],
  [/^src\/server\/(app|health\.routes)\.ts$/, 'hands it to those below, and asks whether the database answers'],
  [/^src\/lists\/versions\.ts$/, 'numbers that say nothing of any tenant but that something changed'],
  [/^src\/http\/authenticate\.ts$/, 'credential → caller, before there is one'],
  [/^src\/http\/signing-keys\.ts$/, 'the keys belong to no tenant'],
  [/^src\/auth\/sign-in\/sign-in\.(queries|routes|rules)\.ts$/, 'signing in'],
  [/^src\/auth\/console-sessions\/console-sessions\.(queries|rules)\.ts$/, 'a cookie names a session and no caller'],
  [/^src\/auth\/sessions\/sessions\.(queries|rules)\.ts$/, 'beginning a session, and refreshing it'],
  [/^src\/auth\/sessions\/sessions\.enforcement\.ts$/, 'which provider a user must come by, whom it belongs to or not'],
  [/^src\/sso\/sign-in\//, 'signing in by an identity provider'],
  [/^src\/auth\/attempts\/attempts\.(queries|rules)\.ts$/, 'counting attempts to sign in'],
  [/^src\/audit\/logins\.queries\.ts$/, 'recording sign-ins'],
  [/^src\/auth\/passwords\/passwords\.expiry\.ts$/, 'mails a link to who signs in'],
  [/^src\/auth\/two-step\/two-step\.(verifier|queries|notices)\.ts$/, 'codes at a sign-in, and mails about them'],
  [
    /^src\/auth\/passkeys\/passkeys\.(challenges|relying-party|queries|routes|rules|sign-in)\.ts$/,
    'signing in with a passkey, and challenges',
  ],
  [/^src\/auth\/passwords\/passwords\.(queries|routes|rules)\.ts$/, 'earlier passwords, which nobody else reads'],
  [/^src\/auth\/passwords\/passwords\.links(\.routes)?\.ts$/, 'a forgotten password, asked for by nobody known'],
  [/^src\/tenants\/branding\/branding\.(images|public)\.routes\.ts$/, 'a sign-in page shows them to whoever is nobody yet'],
  [/^src\/links\/links\.(queries|routes|rules)\.ts$/, 'who follows a link has no caller yet'],
  [/^src\/auth\/tokens\/tokens\.usage\.ts$/, 'written in batches for all tenants'],
  [/^src\/scim\/(recorder|scim\.routes)\.ts$/, 'what directories of all tenants did is written in batches'],
  [/^src\/tenants\/(resellers\/resellers\.command|operators\/operators\.rules)\.ts$/, 'the command line'],
  [/^src\/mail\/send\.ts$/, 'sends what all tenants left in the outbox, without a caller'],
  [/^src\/people\/email-changes\/email-changes\.queries\.ts$/, 'a change that waited is made by a job'],
  [/^src\/sso\/origins\.ts$/, 'the host of a request, whoever asks'],
  [/^src\/sso\/saml\/saml\.(keys|routes)\.ts$/, 'the keys belong to no tenant, and who answers a request is nobody yet'],
  [/^src\/sso\/sign-out\/sign-out\.(rules|saml)\.ts$/, 'a provider signs people out, and has no caller'],
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

/** Which statements leave the tenant of the caller whose transaction they are in, and why they must. */
const elevates: [RegExp, string][] = [
  [/^src\/db\/scope\.ts$/, 'does it'],
  [/^src\/mail\/outbox\.ts$/, 'a mailbox is one, whoever has mail sent to it'],
  [/^src\/auth\/passwords\/passwords\.queries\.ts$/, 'a password is that of a user in all of its accounts'],
  [/^src\/accounts\/clients\/own\/own\.queries\.ts$/, 'an account of one’s own is out of sight until one is its member'],
  [/^src\/accounts\/clients\/lifecycle\/lifecycle\.queries\.ts$/, 'links of other users end with the request they were to confirm'],
  [/^src\/people\/email-changes\/email-changes\.queries\.ts$/, 'links in all accounts of the user'],
  [/^src\/mail\/recipients\.ts$/, 'whom a reseller wants notified is not for client users to see'],
  [/^src\/auth\/sessions\/sessions\.queries\.ts$/, 'a session may come from one in another account'],
  [/^src\/auth\/two-step\/two-step\.queries\.ts$/, 'staff switch it off, who do not see backup codes'],
  [/^src\/people\/lockdown\/lockdown\.queries\.ts$/, 'a lockdown ends what a user has in all of its accounts'],
  [/^src\/sso\/providers\/providers\.states\.queries\.ts$/, 'people of a client may be members of others, and have sessions there'],
  [/^src\/sso\/identities\/identities\.queries\.ts$/, 'users see no provider of their reseller, only that they come by it'],
  [/^src\/people\/users\/users\.(queries|removal)\.ts$/, 'whether an email is taken, and what else a user belongs to'],
]

test('only listed files run statements beyond the tenant of their caller', () => {
  const running = files.filter((file) => /\belevated\(/.test(source.get(file) ?? ''))
  for (const file of running)
    assert.ok(
      elevates.some(([pattern]) => pattern.test(file)),
      `${file} must stay within the tenant; or say in test/architecture.test.ts why it may not`,
    )
  for (const [pattern] of elevates.slice(1))
    assert.ok(
      running.some((file) => pattern.test(file)),
      `${pattern} elevates nothing any more: take it out of the list`,
    )
  for (const [file, text] of source)
    if (!/^src\/db\/(open|scope)\.ts$/.test(file))
      assert.doesNotMatch(text, /reeve\.scope'|enter_scope/, `${file} must not change the scope itself`)
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
  [/^src\/db\/migrations\/0001_baseline\.sql$/, 'what these were at first'],
  [/^src\/(mail\/send(\.queries)?|tenants\/outbox\/outbox\.queries)\.ts$/, 'likewise'],
  [/^src\/db\/(migrate\.ts|embedded\/)/, 'when the schema was changed, how long processes take'],
  [/^src\/db\/dump\/write\.ts$/, 'when a dump is made'],
  [/^src\/db\/(hosts|primary|disk|metrics|standby)\.ts$/, 'how long a database is away, full, locked or behind'],
  [/^src\/db\/backup\/(archiver|base|watch)\.ts$/, 'when backups are made, and how old they are'],
  [/^src\/http\/rate-limits\.ts$/, 'requests in a real second'],
  [/^src\/server\/csp-reports\.routes\.ts$/, 'likewise'],
  [/^src\/jobs\/scheduler\.ts$/, 'how long runs take, and pauses'],
  [/^src\/jobs\/(upkeep|change-sets)\.ts$/, 'how long they work and rest'],
  [/^src\/http\/signing-keys\.ts$/, 'how old its copy of the keys is'],
  [/^src\/auth\/sessions\/sessions\.queries\.ts$/, 'how long real clients race with one refresh token'],
  [/^src\/sso\/oidc\//, 'tokens of other systems, which live in real time'],
  [/^src\/cli\/doctor\//, 'how the clocks of machines differ, and what is too old'],
  [/^src\/db\/secret-rotation\.ts$/, 'how long it waits for servers'],
  [/^src\/server\/lifecycle\.ts$/, 'a signal told twice'],
  [/^src\/demo\/demo\.ts$/, 'shows how far it is'],
  [/^src\/lib\/progress\.ts$/, 'shows how far long work is'],
  [/^src\/lists\/streams\.ts$/, 'how long a reader takes'],
  [/^src\/sso\/saml\/saml(\.(answer|assertion|keys|logout|routes))?\.ts$/, 'providers live in real time'],
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
    client_list:
      /^src\/(accounts\/(clients\/(clients\.queries|list\/list\.(counts|filters|search))|change-sets\/change-sets\.(kinds|preview|queries|selection))|demo\/load|db\/check)\.ts$/,
    client_user_search: /^src\/(accounts\/clients\/list\/list\.(counts|filters|search)|demo\/load|db\/check)\.ts$/,
    client_documents: /^src\/(accounts\/clients\/clients\.queries|demo\/load|db\/check)\.ts$/,
    client_bits: /^src\/(accounts\/clients\/list\/list\.bits|demo\/load|db\/check)\.ts$/,
    log_counts: /^src\/(audit\/activity\.queries|demo\/load|db\/(check|dump\/restore))\.ts$/,
    user_list: /^src\/(people\/users\/users\.queries|demo\/load|db\/check)\.ts$/,
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
          /WHERE \$\{(matching|visible|selected)\(/,
          `${file}: “${statement}” must begin its WHERE with what the caller may see`,
        )
})

test('a route without access keeps the server from starting', () => {
  const app = Fastify()
  guard(
    app,
    Object.assign(async () => assert.fail('not called'), { directory: async () => assert.fail('not called'), forget: () => {} }),
  )
  const schema = { operationId: 'forgotten' }
  assert.throws(() => app.get('/iam/forgotten', { schema }, async () => 'to all the world'), /declares no access/)
  assert.doesNotThrow(() => app.get('/iam/example', { schema, config: { access: 'public' } }, async () => ''))
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
  assert.deepEqual(hiding, ['src/server/app.ts'], 'a hidden route is in no table of the tests: only /openapi.json may be')
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

/**
 * The wings of the house, the highest first. A file imports from its own wing and from those below it: what a wing knows of the world stands
 * under it, so that it can be read, tested and moved without what stands above.
 */
const wings = [
  'cli', // the command line
  'demo', // a world to look at
  'server', // the process: start, listen, workers, the application, health
  'jobs', // what happens as time passes
  'tenants', // resellers, sellers, branding, notifications, the outbox
  'links', // what a mailed link opens, and what following it does
  'scim', // directories that keep users by SCIM
  'sso', // identity providers, and signing in by them
  'auth', // sign-in, sessions, passwords, passkeys, two-step verification, tokens
  'people', // users, members, changes of email
  'accounts', // clients, services, availability, features, and changes of many clients at once
  'audit', // activity and sign-ins
  'lists', // filters, paging, cursors, the list cache, streams
  'http', // what every endpoint shares
  'mail', // texts, rendering, sending
  'db', // connections, scopes, migrations, the read model
  'lib', // knows nothing of the rest
]
const wingOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1]

/** Why `file` may not import `target`, undefined where it may. */
function climbs(file: string, target: string): string | undefined {
  const [from, to] = [wingOf(file), wingOf(target)]
  if (to === undefined || from === undefined || wings.indexOf(from) <= wings.indexOf(to)) return undefined
  return (
    `${file} imports ${target}, but ${from}/ stands below ${to}/. Move what it needs down to ${from}/ or lower, take it as an argument ` +
    'declared by a type of the lower wing, or move the file up.'
  )
}

test('every import points down: the wings have one order', () => {
  const strays = files.filter((file) => file !== 'src/main.ts' && !wings.includes(wingOf(file) ?? ''))
  assert.deepEqual(strays, [], 'every file but src/main.ts has its place in a wing: put it there, or add the wing to the list')
  const up = files
    .flatMap((file) => importsOf(file).map(({ file: target = '' }) => climbs(file, target)))
    .filter((one) => one !== undefined)
  assert.ok(up.length === 0, up.join('\n'))
})

test('no two resources need each other: what both need stands in one of them, or in a wing below', () => {
  const needs = new Map<string, string>()
  const within = (a: string, b: string) => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)
  for (const file of files)
    for (const { file: target = '' } of importsOf(file)) {
      const [from, to] = [dirname(file), dirname(target)]
      if (!within(from, to)) needs.set(`${from} → ${to}`, `${file} imports ${target}`)
    }
  for (const [pair, how] of needs) {
    const back = needs.get(pair.split(' → ').reverse().join(' → '))
    assert.equal(back, undefined, `${how}, and ${back}: one folder must do without the other`)
  }
})

/** What of the server the console has in it, and why it is not written twice. All of it runs in a browser. */
const inConsole: Record<string, string> = {
  'src/lib/colours.ts': 'contrast as the server reckons it for mails and pages',
  'src/lib/countries.ts': 'the countries that the server accepts',
  'src/lib/csv.ts': 'cells that no spreadsheet takes for formulas',
  'src/lib/products.ts': 'which statuses mean that a product is in use',
  'src/accounts/services/services.rules.ts': 'which status follows which, and the options of each',
  'src/mail/example.ts': 'the details of a mail in the preview',
  'src/mail/render.ts': 'a mail in the preview as it will be sent',
  'src/mail/templates.ts': 'the type of a template; no code',
}

test('the console has only what is listed of the server in it, and nothing behind that needs Node', () => {
  const used = new Set<string>()
  for (const file of globSync('console/src/**/*.{ts,tsx}', { cwd: root }))
    for (const [, target = ''] of readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import|import\()\s*['"](\.[^'"]+)['"]/g)) {
      const path = normalize(join(dirname(file), target))
      if (path.startsWith('console/src/')) continue
      assert.ok(path in inConsole, `${file} imports ${path}: say in test/architecture.test.ts why the console must have it, or do without`)
      used.add(path)
    }
  assert.deepEqual([...used].sort(), Object.keys(inConsole).sort(), 'take out of the list what the console imports no more')
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    assert.doesNotMatch(source.get(file) ?? '', /from 'node:/, `${file} is in the console, so it may not import from Node`)
    for (const one of importsOf(file)) if (one.file && !/^\s*type\s/.test(one.names)) visit(one.file)
  }
  for (const file of used) visit(file)
})

test('an import that runs up is found', () => {
  assert.match(climbs('src/lib/config.ts', 'src/http/rate-limits.ts') ?? '', /lib\/ stands below http\/\. Move what it needs down/)
  assert.match(climbs('src/people/users/users.routes.ts', 'src/auth/two-step/two-step.verifier.ts') ?? '', /people\/ stands below auth\//)
  assert.equal(climbs('src/auth/two-step/two-step.verifier.ts', 'src/people/users/users.queries.ts'), undefined)
  assert.equal(climbs('src/links/links.rules.ts', 'src/auth/sessions/sessions.rules.ts'), undefined)
})
