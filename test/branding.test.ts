/** Branding settings: what they take and answer, whose domain it is, where the mail server's password is and is not, and who sees the domain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailPasswordContext } from '../src/mail/servers.ts'
import { shownBy, type TestCaller } from './callers.ts'
import { openWorld } from './harness.ts'
import { notFound } from './refusals.ts'
import { run, type Scenario, watchActivity } from './scenarios.ts'

const t = await openWorld()
const { world } = t
const { system } = t.database
const activity = await watchActivity(t)

const the = shownBy(t)
const [platform, reseller, other] = [the('platform'), the('reseller'), the('reseller', 3)]
const path = '/iam/reselling/settings'
const domainOf = (resellerId: number) => world.branding.find((row) => row.reseller_id === resellerId)?.domain as string

const publicSettings = { showApiDoc: true, showStatusPage: 'false', showKnowledgeBase: false, showTickets: true }
const plain = { domain: 'brand.example', publicSettings, privateSettings: {} }
const mailServer = { host: 'smtp.brand.example', port: '587', login: 'mailer', tls: true }
const full = {
  domain: 'Brand.Example',
  publicSettings: {
    ...publicSettings,
    brandName: 'Brand & Söhne',
    fromEmail: 'noreply@brand.example',
    websiteLink: 'https://brand.example/',
    supportEmail: 'help@brand.example',
    supportPhone: '+49 30 1234567',
    agreementLink: 'http://brand.example/terms?x=1',
    showStatusPage: 'https://status.brand.example',
    colors: { header: '#0a7cff', primary: '#FFF' },
  },
  privateSettings: { mailServer: { ...mailServer, password: 'a secret of the mail server' } },
}

const ask = (one: TestCaller, method: string, body?: unknown) =>
  t.ask(method, path, { headers: { authorization: one.authorization }, ...(body !== undefined && { body }) })
const put = (name: string, one: TestCaller, body: unknown, status: number, rest: Partial<Scenario> = {}): Scenario => ({
  name,
  as: one.authorization,
  method: 'PUT',
  path,
  body,
  status,
  records: [{ action: 'updateBrandingSettings', method: 'PUT', status_code: status, affected_client_id: null, user_id: one.userId }],
  ...rest,
})
const passwordOf = async (resellerId: number) => {
  const [row] = await system<{ mail_password: Buffer | null }[]>`SELECT mail_password FROM branding WHERE reseller_id = ${resellerId}`
  return row?.mail_password ? t.cipher.decrypt(row.mail_password, mailPasswordContext(resellerId)).toString() : null
}
const withServer = (server: object) => ({ ...plain, privateSettings: { mailServer: server } })

const scenarios: Scenario[] = [
  put('200 for everything there is', reseller, full, 200, {
    says: {
      domain: 'brand.example',
      publicSettings: { ...full.publicSettings, entryBaseDomain: 'brand.example', logo: null, favicon: null },
      privateSettings: { mailServer: { ...mailServer, hasPassword: true } },
      reseller: 2,
      deleted: false,
    },
    also: async () => assert.equal(await passwordOf(2), 'a secret of the mail server'),
  }),
  put('the password stays with its server where it is left out', reseller, withServer(mailServer), 200, {
    says: { privateSettings: { mailServer: { hasPassword: true } } },
    also: async () => assert.equal(await passwordOf(2), 'a secret of the mail server'),
  }),
  ...Object.entries({ host: 'evil.example', port: '25', login: 'somebody', tls: false }).map(([field, value]) =>
    put(`and is not sent to a server of another ${field}`, reseller, withServer({ ...mailServer, [field]: value }), 400, {
      says: {
        errors: {
          privateSettings: {
            mailServer: {
              password: ['The stored password belongs to another server. Send the password again, or an empty one to remove it.'],
            },
          },
        },
      },
      also: async () => assert.equal(await passwordOf(2), 'a secret of the mail server'),
    }),
  ),
  put('unless it is given again', reseller, withServer({ ...mailServer, host: '::1', password: 'another' }), 200, {
    says: { privateSettings: { mailServer: { host: '::1', hasPassword: true } } },
    also: async () => assert.equal(await passwordOf(2), 'another'),
  }),
  put('an empty one takes it away', reseller, withServer({ ...mailServer, password: '' }), 200, {
    says: { privateSettings: { mailServer: { ...mailServer, hasPassword: false } } },
    also: async () => assert.equal(await passwordOf(2), null),
  }),
  put('a mail server that is left out is none, with its password', reseller, plain, 200, {
    also: async ({ body }) => {
      assert.deepEqual(body.privateSettings, {})
      assert.equal(await passwordOf(2), null)
    },
  }),
  put(
    'what is left out or empty is none, what one may not set is passed over',
    reseller,
    {
      ...plain,
      publicSettings: {
        ...publicSettings,
        showStatusPage: '',
        brandName: '',
        colors: { header: '' },
        logo: 'https://evil.example/x.png',
        unknown: 1,
      },
      privateSettings: { mailServer: { host: '', port: '', login: '', password: '' } },
      reseller: 3,
      deleted: true,
    },
    200,
    {
      also: ({ body }) =>
        assert.deepEqual(body, {
          domain: 'brand.example',
          publicSettings: { ...publicSettings, entryBaseDomain: 'brand.example', colors: {}, logo: null, favicon: null },
          privateSettings: {},
          reseller: 2,
          deleted: false,
        }),
    },
  ),
  put('400 for the domain of another reseller, whatever its case', reseller, { ...plain, domain: domainOf(3).toUpperCase() }, 400, {
    says: { errors: { domain: ['Another reseller uses this domain.'] } },
  }),
  put('400 for two domains', reseller, { ...plain, publicSettings: { ...publicSettings, entryBaseDomain: 'other.example' } }, 400, {
    says: { errors: { publicSettings: { entryBaseDomain: ['Must be the same as the domain.'] } } },
  }),
  put('400 for no settings', reseller, {}, 400, {
    says: {
      errors: {
        domain: ['This field is required.'],
        publicSettings: ['This field is required.'],
        privateSettings: ['This field is required.'],
      },
    },
  }),
  put('400 for what must be said', reseller, { ...plain, publicSettings: {} }, 400, {
    says: { errors: { publicSettings: { showApiDoc: ['This field is required.'], showStatusPage: ['This field is required.'] } } },
  }),
  put('the platform puts its own', platform, { ...plain, domain: 'operator.example' }, 200, {
    says: { reseller: 1, domain: 'operator.example' },
  }),
  ...['seller', 'client'].map((kind) => put(`403 for a ${kind}`, the(kind as 'seller'), full, 403)),
  { name: '401 for nobody', method: 'PUT', path, body: full, status: 401 },
]
for (const one of scenarios)
  test(one.name, async () => {
    await run(t, activity, one)
  })

test('400 naming each field that is not what it must be', async () => {
  const wrong: [string, unknown[]][] = [
    [
      'domain',
      [
        '',
        'localhost',
        'brand',
        '.example',
        'brand..example',
        'brand.example.',
        '-brand.example',
        'brand-.example',
        'brand.example/x',
        'https://brand.example',
        'brand.example:80',
        'a b.example',
        '10.0.0.1',
        'brand_x.example',
        'münchen.example',
        `${'a'.repeat(64)}.example`,
        `${'abc.'.repeat(70)}example`,
        5,
        null,
        'a.example\n',
      ],
    ],
    ['publicSettings.fromEmail', ['nobody', 'a b@c.example', '@', 7, null, `${'a'.repeat(250)}@b.example`]],
    ['publicSettings.supportEmail', ['nobody']],
    [
      'publicSettings.websiteLink',
      [
        'brand.example',
        'javascript:alert(1)',
        'ftp://brand.example',
        'https://',
        '//brand.example',
        'https://brand.example/"onload="x',
        'https://a b',
        `https://b.example/${'x'.repeat(2000)}`,
      ],
    ],
    ['publicSettings.agreementLink', [' https://brand.example', 'data:text/html,x']],
    ['publicSettings.showStatusPage', ['yes', 'javascript:1', true, null]],
    ['publicSettings.showApiDoc', ['true', 1, null]],
    ['publicSettings.brandName', ['two\nlines', 'x'.repeat(256), 1]],
    ['publicSettings.supportPhone', ['x'.repeat(51)]],
    ['publicSettings.colors', ['red', null, []]],
    ['publicSettings.colors.header', ['red', '#ff', '#ggg', '#fff;x', 'url(x)', '#12345', 7]],
    ['publicSettings.colors.primary', ['rgb(1,2,3)', '#12345678']],
    ['privateSettings.mailServer', ['smtp', null, []]],
    ['privateSettings.mailServer.host', ['smtp server', 'smtp://x', 'a..b', '-x', 'x/y', undefined]],
    ['privateSettings.mailServer.port', ['0', '65536', '99999', 'smtp', '587 ', '-1', 587, '05']],
    ['privateSettings.mailServer.tls', ['true', 1]],
    ['privateSettings.mailServer.login', ['a\r\nb', 'x'.repeat(256)]],
    ['privateSettings.mailServer.password', ['x'.repeat(1025), 7]],
  ]
  const before = (await ask(reseller, 'GET')).body
  for (const [place, values] of wrong)
    for (const value of values) {
      const body = structuredClone({ ...full, domain: 'brand.example' })
      const keys = place.split('.')
      const last = keys.pop() as string
      // biome-ignore lint/suspicious/noExplicitAny: a place in a body
      const inner = keys.reduce((at: any, key) => at[key], body)
      inner[last] = value
      const answer = await ask(reseller, 'PUT', body)
      const what = `${place}: ${JSON.stringify(value)?.slice(0, 60)} → ${answer.text.slice(0, 300)}`
      assert.equal(answer.status, 400, what)
      // biome-ignore lint/suspicious/noExplicitAny: nested errors
      const texts = place.split('.').reduce((at: any, key) => at?.[key], answer.body.errors)
      assert.ok(Array.isArray(texts) && texts.length > 0, what)
    }
  assert.deepEqual((await ask(reseller, 'GET')).body, before, 'what was refused left something')
  for (const domain of ['a.b', 'xn--mnchen-3ya.example', '1und1.example', 'a-b.c-d.example', `${'a'.repeat(63)}.example`])
    assert.equal((await ask(reseller, 'PUT', { ...plain, domain })).body.domain, domain)
})

test('the password is nowhere but encrypted: in no answer, no activity, no log', async () => {
  const secret = 'Gr8-secret-nobody-may-read'
  for (const password of [secret, [secret], { secret }, 5])
    for (const body of [withServer({ ...mailServer, password }), { ...withServer({ ...mailServer, password }), domain: 7 }]) {
      const answer = await ask(reseller, 'PUT', body)
      assert.ok(!answer.text.includes(secret), answer.text)
    }
  assert.ok(!(await ask(reseller, 'GET')).text.includes(secret))
  await activity.since(8)
  const [told] = await system`SELECT count(*) FROM activity WHERE activity::text LIKE ${`%${secret}%`}`
  assert.equal(told?.count, 0, 'the activity tells the password of the mail server')
  const [plain] =
    await system`SELECT count(*) FROM branding WHERE branding::text LIKE ${`%${secret}%`} OR position(${Buffer.from(secret)} IN mail_password) > 0`
  assert.equal(plain?.count, 0)
  assert.equal(await passwordOf(2), secret)
  const [row] = await system<{ mail_password: Buffer }[]>`SELECT mail_password FROM branding WHERE reseller_id = 2`
  assert.throws(() => t.cipher.decrypt(row?.mail_password as Buffer, mailPasswordContext(3)), 'it is encrypted for its reseller alone')
})

test('404 where there are none; putting them makes them; deleted ones are shown so and put again', async () => {
  await system`UPDATE branding SET deleted_at = now() WHERE reseller_id = 3`
  assert.equal((await ask(other, 'GET')).body.deleted, true)
  const clientOf3 = the('client', 3)
  const entry = async () =>
    (await t.ask('GET', '/iam/clients/me', { headers: { authorization: clientOf3.authorization } })).body.entryBaseDomain
  assert.equal(await entry(), null, 'a deleted domain is nobody’s')
  const taken = await ask(reseller, 'PUT', { ...plain, domain: domainOf(3) })
  assert.equal(taken.status, 200, 'and may be taken')
  assert.equal((await ask(other, 'PUT', { ...plain, domain: domainOf(3) })).status, 400)
  await ask(reseller, 'PUT', plain)
  assert.equal((await ask(other, 'PUT', { ...plain, domain: domainOf(3) })).body.deleted, false)
  assert.equal(await entry(), domainOf(3))

  await system`DELETE FROM branding WHERE reseller_id = 3`
  assert.deepEqual((await ask(other, 'GET')).body, notFound)
  assert.equal((await ask(other, 'GET')).status, 404)
  assert.equal((await ask(other, 'PUT', { ...plain, domain: 'new.example' })).status, 200)
  assert.equal((await ask(other, 'GET')).body.domain, 'new.example')
})

test('a new domain is in every list of clients at once, cached ones too, and in no other reseller’s', async () => {
  const domains = async (one: TestCaller) => {
    const { body } = await t.ask('GET', '/iam/clients?limit=1000', { headers: { authorization: one.authorization } })
    return [...new Set(body.results.map((client: { entryBaseDomain: string }) => client.entryBaseDomain))]
  }
  const others = await domains(other)
  for (const domain of ['one.example', 'two.example', 'ONE.example']) {
    await ask(reseller, 'PUT', { ...plain, domain })
    assert.deepEqual(await domains(reseller), [domain.toLowerCase()])
  }
  assert.deepEqual(await domains(other), others)
})

test('what changes of nothing that lists show leaves the cache', async () => {
  await ask(reseller, 'PUT', plain)
  const etag = async () => (await t.ask('GET', '/iam/clients?limit=1', { headers: { authorization: reseller.authorization } })).headers.etag
  const before = await etag()
  await ask(reseller, 'PUT', { ...plain, publicSettings: { ...publicSettings, brandName: 'Other' } })
  assert.equal(await etag(), before)
})

test('what was put is put again as it was answered', async () => {
  await ask(reseller, 'PUT', full)
  const { body } = await ask(reseller, 'GET')
  assert.deepEqual((await ask(reseller, 'PUT', body)).body, body)
  assert.equal(await passwordOf(2), 'a secret of the mail server', 'the password survived the round')
})

test('of two resellers who want one domain at once one gets it; two who swap theirs do not wait in a circle', async () => {
  for (let round = 0; round < 5; round++) {
    const want = { ...plain, domain: `race${round}.example` }
    const answers = await Promise.all([reseller, other, reseller, other, platform].map((one) => ask(one, 'PUT', want)))
    const winners = answers.filter(({ status }) => status === 200).map(({ body }) => body.reseller)
    assert.equal(new Set(winners).size, 1, `${winners} got the domain`)
    assert.ok(
      answers.every(({ status }) => status === 200 || status === 400),
      answers.map(({ text }) => text).join('\n'),
    )
    await Promise.all([ask(reseller, 'PUT', { ...plain, domain: 'a.example' }), ask(other, 'PUT', { ...plain, domain: 'b.example' })])
    const swapped = await Promise.all([
      ask(reseller, 'PUT', { ...plain, domain: 'b.example' }),
      ask(other, 'PUT', { ...plain, domain: 'a.example' }),
    ])
    assert.ok(
      swapped.every(({ status }) => status === 200 || status === 400),
      swapped.map(({ text }) => text).join('\n'),
    )
  }
})

test('of settings without and with a password at once none is lost', async () => {
  for (let round = 0; round < 5; round++) {
    await system`DELETE FROM branding WHERE reseller_id = 2`
    await ask(reseller, 'PUT', plain)
    await Promise.all([
      ask(reseller, 'PUT', withServer({ ...mailServer, password: `secret ${round}` })),
      ...[1, 2, 3].map(() => ask(reseller, 'PUT', withServer(mailServer))),
    ])
    assert.equal(await passwordOf(2), `secret ${round}`)
  }
})
