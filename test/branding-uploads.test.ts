/** Uploads of logo and favicon over a real socket, by bodies made byte by byte, and the images as anybody gets them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { ico, jpeg, multipart, type Part, png, svg } from './images.ts'
import { notFound } from './refusals.ts'
import { watchActivity } from './scenarios.ts'
import { until } from './until.ts'
import { expecting, listen, type WireAnswer } from './wire.ts'

const t = await openWorld()
const { system } = t.database
const wire = await listen(t.app)
after(() => wire.close())
const activity = await watchActivity(t)

const the = shownBy(t)
const [reseller, other] = [the('reseller'), the('reseller', 3)]
const path = '/iam/reselling/settings/upload'
const MB = 1024 * 1024

const expect = expecting(wire, { authorization: reseller.authorization })
const send = (status: number | number[], { type, body }: { type: string; body: Buffer | Readable }, one = reseller) =>
  expect(status, 'POST', path, { authorization: one.authorization, 'content-type': type }, body)
const upload = (status: number | number[], parts: Part[], one = reseller) => send(status, multipart(parts), one)
const logo = (content: Buffer | string): Part => ({ name: 'logo', content: Buffer.from(content as string) })
const favicon = (content: Buffer): Part => ({ name: 'favicon', content })
const digestOf = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
const imagesOf = ({ body }: WireAnswer) => [body.publicSettings.logo, body.publicSettings.favicon]
const metrics = async () => (await wire.send('GET', '/metrics')).text
/** The rows of the activity since the last call. */
const recorded = async (count: number) => (await activity.since(count)).map(({ status_code, data }) => [status_code, data])

test('200 for a logo, a favicon, and both; each stays until another one comes', async () => {
  await activity.since(0)
  const first = await upload(200, [logo(png())])
  assert.deepEqual(imagesOf(first), [`/reeve/branding/images/${digestOf(png())}`, null])
  assert.deepEqual([first.body.reseller, first.body.deleted], [2, false])
  const second = await upload(200, [favicon(ico())])
  assert.deepEqual(imagesOf(second), [`/reeve/branding/images/${digestOf(png())}`, `/reeve/branding/images/${digestOf(ico())}`])
  const third = await upload(200, [favicon(ico([{}, { side: 32 }])), logo(jpeg())])
  assert.deepEqual(
    imagesOf(third),
    [digestOf(jpeg()), digestOf(ico([{}, { side: 32 }]))].map((digest) => `/reeve/branding/images/${digest}`),
  )
  const { body } = await expect(200, 'GET', '/iam/reselling/settings')
  assert.deepEqual(body, third.body)
  const put = await expect(
    200,
    'PUT',
    '/iam/reselling/settings',
    { authorization: reseller.authorization, 'content-type': 'application/json' },
    JSON.stringify(body),
  )
  assert.deepEqual(imagesOf(put), imagesOf(third), 'putting the settings leaves the images')
  await expect(404, 'GET', imagesOf(first)[0])
})

test('an upload is in the activity as its size and digest, never as bytes', async () => {
  await activity.since(0)
  await upload(200, [logo(png())])
  await upload(400, [logo('<script>alert("in the log")</script>')])
  const rows = await recorded(2)
  assert.deepEqual(
    rows.map(([status]) => status),
    [200, 400],
  )
  assert.deepEqual(JSON.parse(rows[0]?.[1] as string), { logo: `${png().length} bytes, SHA-256 ${digestOf(png())}` })
  assert.doesNotMatch(JSON.stringify(rows), /alert/)
})

test('name and declared type of a file say nothing', async () => {
  await upload(200, [{ ...logo(png()), filename: '../../etc/passwd.html', type: 'text/html' }])
  await upload(400, [{ ...logo('<html><script>1</script></html>'), filename: 'logo.png', type: 'image/png' }])
  await upload(400, [{ ...favicon(png()), filename: 'favicon.ico', type: 'image/x-icon' }])
  await upload(400, [{ ...logo(ico()), filename: 'logo.svg', type: 'image/svg+xml' }])
})

test('400 naming each file that is not taken, and nothing is stored', async () => {
  await upload(200, [logo(png()), favicon(ico())])
  const before = (await expect(200, 'GET', '/iam/reselling/settings')).body
  const zip = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1')
  const bad: [Part[], string[]][] = [
    [[logo('nothing')], ['logo']],
    [[logo('')], ['logo']],
    [[favicon(Buffer.from('nothing'))], ['favicon']],
    [
      [logo('x'), favicon(Buffer.from('x'))],
      ['logo', 'favicon'],
    ],
    [[logo(jpeg()), favicon(png())], ['favicon']],
    [[logo(png().subarray(0, -1))], ['logo']],
    [[logo(jpeg().subarray(0, -2))], ['logo']],
    [[favicon(ico().subarray(0, -10))], ['favicon']],
    [[logo(Buffer.concat([png(), zip]))], ['logo']],
    [[logo(Buffer.concat([jpeg(), Buffer.from('<script>1</script>')]))], ['logo']],
    [[favicon(ico([{}], zip))], ['favicon']],
    [[favicon(ico([{ side: 32 }]))], ['favicon']],
    [[logo(`<!DOCTYPE svg [<!ENTITY a "b">]>${svg}`)], ['logo']],
    [[logo(png()), logo(png())], ['logo']],
    [[{ ...logo(png()), filename: null }], ['logo']],
    [[{ name: 'other', content: png() }], ['errors']],
    [[{ name: 'other', content: Buffer.from('x'), filename: null }], ['errors']],
    [[], ['errors']],
  ]
  for (const [parts, fields] of bad) {
    const { body } = await upload(400, parts)
    assert.deepEqual(Object.keys(body.errors), fields, JSON.stringify(body))
  }
  assert.deepEqual((await expect(200, 'GET', '/iam/reselling/settings')).body, before)
})

test('parts that nobody asked for are passed over', async () => {
  await upload(200, [
    { name: 'other', content: Buffer.alloc(MB) },
    { name: 'text', content: Buffer.from('x'), filename: null },
    logo(png()),
  ])
})

test('400 for what is no whole multipart', async () => {
  const { type, body } = multipart([logo(png())])
  for (const length of [5, 30, 60, 100, 150, body.length - 40, body.length - 30, body.length - 8, body.length - 4])
    await send(400, { type, body: body.subarray(0, length) })
  await send(400, { type: 'multipart/form-data', body })
  await send(400, { type: 'multipart/form-data; boundary=another', body })
  await send(400, { type, body: Buffer.from('{"logo":"x"}') })
  for (const name of ['__proto__', 'constructor']) await upload([200, 400], [{ name, content: png() }, logo(png())])
  await upload(
    400,
    Array.from({ length: 50 }, (_, n) => ({ name: `part${n}`, content: Buffer.from('x') })),
  )
  await upload(
    400,
    Array.from({ length: 50 }, (_, n) => ({ name: `part${n}`, content: Buffer.from('x'), filename: null })),
  )
})

test('415 for a body that is no multipart, and multipart nowhere else', async () => {
  for (const type of ['application/json', 'image/png', 'application/x-www-form-urlencoded', 'multipart/mixed; boundary=x', 'nonsense'])
    await send(415, { type, body: Buffer.from('{"logo":"x"}') })
  await expect(415, 'POST', path)
  const { type, body } = multipart([logo(png())])
  await expect(415, 'PUT', '/iam/reselling/settings', { authorization: reseller.authorization, 'content-type': type }, body)
})

test('413 from 4 MB on, before all of it is sent; other routes take no more than before', async () => {
  const noisy = (bytes: number) => `<!--${'x'.repeat(bytes - svg.length - 7)}-->${svg}`
  await upload(200, [logo(noisy(4 * MB - 1))])
  await upload(413, [logo(noisy(4 * MB))])
  await upload(413, [favicon(Buffer.alloc(4 * MB))])
  const { type } = multipart([])
  const endless = (head: string) =>
    Readable.from(
      (function* () {
        yield Buffer.from(head)
        for (let n = 0; n < 100 * 16; n++) yield Buffer.alloc(MB / 16, 'a')
      })(),
    )
  const file = (name: string) => `--x-boundary-of-tests-x\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n`
  for (const head of [file('logo'), file('other'), 'no boundary at all', file('logo').replace('filename', 'x')]) {
    const { sent } = await send([400, 413], { type, body: endless(head) })
    assert.ok(sent < 30 * MB, `the server let ${sent} bytes through before it refused ${head}`)
  }
  await expect(401, 'POST', path, { 'content-type': type }, endless(file('logo')))
  const large = JSON.stringify({ domain: 'a'.repeat(MB) })
  await expect(413, 'PUT', '/iam/reselling/settings', { authorization: reseller.authorization, 'content-type': 'application/json' }, large)
})

test('many at once are all answered, and the last one stays whole', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => upload(200, [logo(n % 2 ? png() : jpeg()), favicon(ico())], n % 3 ? reseller : other)),
  )
  for (const answer of answers) for (const image of imagesOf(answer)) assert.match(image, /^\/reeve\/branding\/images\/[0-9a-f]{64}$/)
})

test('200 for another tenant while uploads of one user trickle', async () => {
  const { type } = multipart([logo(png())])
  const sockets = Array.from({ length: 6 }, () => {
    const socket = connect(wire.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${reseller.authorization}\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n--x-bo`,
    )
    return socket
  })
  await until('they are all being read', async () => /permits_in_use\{semaphore="uploads_arriving"\} 4/.test(await metrics()))
  await upload(200, [logo(png())], other)
  for (const socket of sockets) socket.destroy()
  await until('they are forgotten', async () => /permits_in_use\{semaphore="uploads_arriving"\} 0/.test(await metrics()))
  await upload(200, [logo(png())])
})

test('404 without settings, 400 for deleted ones, 403 and 401 as everywhere', async () => {
  await system`UPDATE branding SET deleted_at = now() WHERE reseller_id = 3`
  assert.match((await upload(400, [logo(png())], other)).text, /deleted/)
  await system`DELETE FROM branding_assets WHERE reseller_id = 3`
  await system`DELETE FROM branding WHERE reseller_id = 3`
  assert.deepEqual((await upload(404, [logo(png())], other)).body, notFound)
  const [left] = await system`SELECT count(*) FROM branding_assets WHERE reseller_id = 3`
  assert.equal(left?.count, 0)
  for (const one of [the('seller'), the('client')]) await upload(403, [logo(png())], one)
  const { type, body } = multipart([logo(png())])
  await expect(401, 'POST', path, { 'content-type': type }, body)
})

test('an image is for everybody, runs nothing, and need not be asked for again', async () => {
  const cleaned = svg
  const [at] = imagesOf(await upload(200, [logo(svg.replace('<path', '<script>alert(1)</script><path onclick="1"'))]))
  const { headers, text } = await expect(200, 'GET', at, {})
  assert.equal(text, cleaned)
  assert.equal(at, `/reeve/branding/images/${digestOf(cleaned)}`, 'the address names the bytes that are served')
  const { etag } = headers
  assert.partialDeepStrictEqual(headers, {
    'content-type': 'image/svg+xml',
    'content-length': String(cleaned.length),
    'cache-control': 'public, max-age=31536000, immutable',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
    'content-disposition': 'inline; filename="logo.svg"',
    etag: `"${digestOf(cleaned)}"`,
  })
  const same = await expect(304, 'GET', at, { 'if-none-match': `W/"x", ${etag}` })
  assert.deepEqual([same.text, same.headers.etag], ['', etag])
  await expect(200, 'GET', at, { 'if-none-match': '"other"' })
  assert.equal((await expect(200, 'HEAD', at, {})).headers['content-length'], String(cleaned.length))
  for (const [parts, type, ending] of [
    [[logo(png())], 'image/png', 'logo.png'],
    [[logo(jpeg())], 'image/jpeg', 'logo.jpg'],
    [[favicon(ico())], 'image/x-icon', 'favicon.ico'],
  ] as const) {
    const path = imagesOf(await upload(200, [...parts]))[ending.startsWith('logo') ? 0 : 1]
    const { headers } = await expect(200, 'GET', path, {})
    assert.deepEqual([headers['content-type'], headers['content-disposition']], [type, `inline; filename="${ending}"`])
  }
  for (const digest of ['x', 'f'.repeat(64), 'F'.repeat(64), digestOf('').slice(1)])
    await expect(404, 'GET', `/reeve/branding/images/${digest}`, {})
})

test('images of deleted settings are no longer shown', async () => {
  const [at] = imagesOf(await upload(200, [logo(png())]))
  await system`UPDATE branding SET deleted_at = now() WHERE reseller_id = 2`
  await expect(404, 'GET', at, {})
  await expect(404, 'GET', at, { 'if-none-match': `"${digestOf(png())}"` })
  await system`UPDATE branding SET deleted_at = NULL WHERE reseller_id = 2`
  await expect(200, 'GET', at, {})
})
