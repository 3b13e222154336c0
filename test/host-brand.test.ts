/** The brand of a host: a reseller's on its own domain, the neutral one elsewhere, and where passkeys work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownBy } from './callers.ts'
import { openWorld, testMail } from './harness.ts'
import { form, svg } from './images.ts'

const at = (url: string, brandUrl?: string) => openWorld({ mail: { ...testMail, addresses: { url, brandUrl } } })
const t = await at('https://id.vendor.example', 'https://auth.{domain}')
const plain = await at('http://127.0.0.1:8080')
const reseller = shownBy(t)('reseller')

const brandAt = async (host: string, world = t) => {
  const answer = await world.ask('GET', '/reeve/session/brand', { headers: { host } })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.headers['cache-control'], 'public, max-age=60')
  return answer.body
}
const neutral = {
  name: 'Reeve',
  logo: null,
  favicon: null,
  colors: { header: '#1f2a44', primary: '#1f5fbf', on_header: '#ffffff', on_primary: '#ffffff' },
  support: {
    website: null,
    email: null,
    phone: null,
    agreement: null,
    status_page: null,
    api_docs: false,
    knowledge_base: false,
    tickets: false,
  },
  passkeys: false,
  languages: ['de', 'en', 'ru', 'zh', 'az'],
}
const { logo: _, ...neutralBesides } = neutral
const settings = {
  domain: 'aurora.example',
  publicSettings: {
    brandName: 'Aurora',
    supportEmail: 'help@aurora.example',
    supportPhone: '+44 20 7946 0123',
    websiteLink: 'https://aurora.example',
    agreementLink: 'https://aurora.example/terms',
    showApiDoc: true,
    showStatusPage: 'https://status.aurora.example',
    showKnowledgeBase: true,
    showTickets: false,
    colors: { header: '#fff', primary: '#ffcc00' },
  },
  privateSettings: { mailServer: { host: 'smtp.aurora.example', login: 'mailer', password: 'a secret' } },
}
const put = async (world: typeof t, body: object) => {
  const { authorization } = reseller
  const answer = await world.ask('PUT', '/iam/reselling/settings', { headers: { authorization }, body })
  assert.equal(answer.status, 200, answer.text)
}

test('on the domain of a reseller its name, images, colours and links, and nothing of its settings besides', async () => {
  await put(t, settings)
  const { type, body } = form({ logo: svg })
  const headers = { authorization: reseller.authorization, 'content-type': type }
  assert.equal((await t.ask('POST', '/iam/reselling/settings/upload', { headers, body })).status, 200)
  for (const host of ['auth.aurora.example', 'AUTH.Aurora.Example']) {
    const { logo, ...brand } = await brandAt(host)
    assert.match(logo, /^\/reeve\/branding\/images\/[0-9a-f]{64}$/)
    assert.equal((await t.ask('GET', logo)).status, 200)
    assert.deepEqual(brand, {
      ...neutralBesides,
      name: 'Aurora',
      colors: { header: '#fff', primary: '#ffcc00', on_header: '#000000', on_primary: '#000000' },
      support: {
        website: 'https://aurora.example',
        email: 'help@aurora.example',
        phone: '+44 20 7946 0123',
        agreement: 'https://aurora.example/terms',
        status_page: 'https://status.aurora.example',
        api_docs: true,
        knowledge_base: true,
        tickets: false,
      },
      passkeys: true,
    })
  }
})

test('any other host has the neutral brand, which says nothing of who is there', async () => {
  for (const host of [
    'nobody.example',
    'auth.nobody.example',
    'aurora.example',
    'auth.aurora.example:8443',
    'auth.aurora.example.evil',
    "'",
    '[::1]',
  ])
    assert.deepEqual(await brandAt(host), neutral, host)
  assert.deepEqual(await brandAt('id.vendor.example'), { ...neutral, passkeys: true })
})

test('settings that were deleted, or whose reseller was, show no brand', async () => {
  const { system } = t.database
  await system`UPDATE branding SET deleted_at = now() WHERE reseller_id = ${reseller.resellerId}`
  assert.deepEqual(await brandAt('auth.aurora.example'), neutral)
  await system`UPDATE branding SET deleted_at = NULL WHERE reseller_id = ${reseller.resellerId}`
  await system`UPDATE resellers SET deleted_at = now() WHERE id = ${reseller.resellerId}`
  assert.deepEqual(await brandAt('auth.aurora.example'), neutral)
  await system`UPDATE resellers SET deleted_at = NULL WHERE id = ${reseller.resellerId}`
})

test('without REEVE_BRAND_URL the host itself is the domain, where passkeys are not offered', async () => {
  await put(plain, { ...settings, publicSettings: { ...settings.publicSettings, brandName: '', showStatusPage: 'true', colors: {} } })
  const brand = await brandAt('aurora.example:8080', plain)
  const name = plain.world.resellers.find(({ id }) => id === reseller.resellerId)?.name
  assert.deepEqual([brand.name, brand.colors, brand.support.status_page, brand.passkeys], [name, neutral.colors, null, false])
})

test('passkeys work at localhost, and not at an address', async () => {
  assert.equal((await brandAt('localhost:8080', plain)).passkeys, true)
  for (const host of ['127.0.0.1:8080', 'localhost:9090', '[::1]:8080', 'id.vendor.example'])
    assert.equal((await brandAt(host, plain)).passkeys, false, host)
})

test('HEAD answers the same, and no credential or cookie changes it', async () => {
  const headers = { host: 'auth.aurora.example', cookie: 'reeve_session=x', authorization: 'APIKey 1_x' }
  assert.equal((await t.ask('GET', '/reeve/session/brand', { headers })).body.name, 'Aurora')
  assert.equal((await t.ask('HEAD', '/reeve/session/brand', { headers })).status, 200)
})
