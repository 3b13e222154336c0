/** Every mail in every language: complete, readable, and what people call themselves is nothing but text in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import nodemailer from 'nodemailer'
import { readableOn } from '../src/lib/colours.ts'
import { html } from '../src/lib/html.ts'
import { plain } from '../src/mail/brand.ts'
import { securityChanges } from '../src/mail/outbox.ts'
import { hasLink, isTemplate, renderMail } from '../src/mail/render.ts'
import { letter } from '../src/mail/send.ts'
import { mailNetwork } from '../src/mail/servers.ts'
import { type Lang, languages } from '../src/mail/texts/languages.ts'

const brand = {
  name: 'North',
  url: 'https://auth.north.example',
  logo: undefined,
  colors: plain,
  fromEmail: undefined,
  support: { email: undefined, phone: undefined, website: undefined },
}
const langs = Object.keys(languages) as Lang[]
const templates = Object.keys(languages.en.mails).filter(isTemplate)
const link = 'https://auth.north.example/reeve/links/TOKEN'
const mailsOf = function* () {
  for (const lang of langs) for (const template of templates) yield { lang, template, ...(hasLink(template) && { link }) }
}

const details = {
  name: 'Anna',
  company: 'Berg',
  role: 'Users',
  email: 'a@b.example',
  product: 'CDN',
  days: 2,
  token: 'Deploy',
  provider: 'Berg ID',
}
const gathered = {
  attempts: 3,
  emails: 'd@b.example',
  addresses: '192.0.2.7',
  since: '2026-03-05T09:00:00Z',
  until: '2026-03-05T10:00:00Z',
}
const more = {
  change: 'password',
  at: '2026-03-05T09:30:00Z',
  date: '2026-03-05T00:00:00Z',
  account: 77,
  requested_by: 'c@b.example',
  ...gathered,
}

test('each says who it is for and is from, and leads to its link, in text and HTML alike', () => {
  for (const one of mailsOf()) {
    const { subject, text, html } = renderMail({ ...one, details: { ...details, ...more }, brand })
    const at = `${one.template} in ${one.lang}`
    assert.ok(subject.length > 5, at)
    for (const body of [text, html]) {
      assert.match(body, /Anna/, at)
      assert.match(body, /North/, at)
      assert.equal(body.includes(link), hasLink(one.template), at)
      assert.doesNotMatch(body, /undefined|null|NaN|\[object|“”|«»|„“/, at)
    }
    assert.ok(html.startsWith(`<!doctype html>\n<html lang="${one.lang}"`), at)
    assert.doesNotMatch(html, /<table/, at)
  }
})

test('no two languages say the same', () => {
  for (const template of templates) {
    const subjects = langs.map((lang) => renderMail({ template, lang, details: { ...details, ...more }, brand }).subject)
    assert.equal(new Set(subjects).size, langs.length, `${template}: ${subjects.join(' | ')}`)
  }
})

test('what a mail does not know is left out of it', () => {
  for (const one of mailsOf()) {
    const known = /^(account_invitation|deletion_request)$/.test(one.template) ? { company: 'Berg' } : { product: 'CDN', token: 'Deploy' }
    const { subject, text } = renderMail({ ...one, details: known, brand })
    assert.doesNotMatch(subject + text, /undefined|null|NaN| {2}|\(\)| ,|, \./, `${one.template} in ${one.lang}: ${text}`)
  }
})

test('each change of how one signs in is told in words of its own, with its time and from where', () => {
  for (const lang of langs) {
    const mails = [...securityChanges, 'of another version'].map((change) =>
      renderMail({ template: 'security_changed', lang, details: { ...more, change }, brand }),
    )
    assert.equal(new Set(mails.map(({ subject }) => subject)).size, mails.length, lang)
    for (const { text } of mails) assert.match(text, /9:30.* UTC\n.*192\.0\.2\.7\n/, text)
  }
})

test('numbers have their nouns', () => {
  const days = (lang: Lang) => [1, 2, 5, 21].map((n) => languages[lang].days(n)).join(', ')
  assert.equal(days('ru'), '1 день, 2 дня, 5 дней, 21 день')
  assert.equal(days('en'), '1 day, 2 days, 5 days, 21 days')
  assert.equal(days('de'), '1 Tag, 2 Tagen, 5 Tagen, 21 Tagen')
  const { text } = renderMail({ template: 'password_reset', lang: 'ru', details: {}, brand, link })
  assert.match(text, /1 час\./)
})

const hostile = '<script>alert(1)</script>"\' onload=x\r\nBcc: victim@evil.example\r\n\r\nhttps://evil.example/\u2028\u202eX\0'

test('hostile names are inert: no markup, no header, no line, no link of their own', async () => {
  const all = Object.fromEntries(Object.keys({ ...details, ...more }).map((name) => [name, hostile]))
  const theirs = {
    ...brand,
    name: hostile,
    colors: { header: '#000', primary: '#ffffff' },
    support: { email: '"x"<script>@evil.example', phone: hostile, website: 'javascript:alert(1)' },
  }
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  const server = { host: 'x', port: 587, implicit: false, login: undefined, isResellers: true }
  const network = mailNetwork({ smtpUrl: undefined, mailFrom: undefined, outgoingNetworks: [] }, 'https://id.example')
  for (const one of mailsOf()) {
    const at = `${one.template} in ${one.lang}`
    const mail = renderMail({ ...one, details: { ...all, days: 2 }, brand: theirs })
    assert.doesNotMatch(mail.html, /<script|javascript:|"[^<>]*" onload/i, at)
    assert.doesNotMatch(mail.subject, /[\r\n\0]/, at)
    assert.ok(
      mail.text.split('\n').every((line) => !/^Bcc:/i.test(line)),
      at,
    )
    const chosen = renderMail({
      ...one,
      details: { name: hostile, company: hostile, token: hostile, days: 2 },
      brand,
    })
    assert.ok(!chosen.text.includes('evil.example'), `${at}: a mail program would make a link of it`)
    const mailed = { id: 1, created_at: new Date(0), recipient: 'anna@north.example' }
    const { message } = await transport.sendMail(letter(mailed, theirs, server, network, mail))
    const [headers = ''] = String(message).split('\n\n')
    assert.doesNotMatch(headers, /^(Bcc|Cc):/im, at)
    assert.equal(headers.match(/^To: /gm)?.length, 1, at)
  }
})

test('html escapes every value, wherever it stands', () => {
  const value = `<b a="1" c='2'>&`
  assert.equal(
    html`<p title="${value}">${[value, html`<i>${1}</i>`, undefined]}</p>`.text.match(/[<>"']/g)?.join(''),
    '<""><><><>',
    'only the markup’s own are left',
  )
})

test('text on a brand’s colours can be read', () => {
  const luminance = (hex: string) => {
    const parts = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0)
  }
  for (let n = 0; n < 4096; n++) {
    const short = `#${n.toString(16).padStart(3, '0')}`
    const long = `#${[...short.slice(1)].map((digit) => digit + digit).join('')}`
    const [a = 0, b = 0] = [luminance(long), luminance(readableOn(short))].sort((x, y) => y - x)
    assert.ok((a + 0.05) / (b + 0.05) >= 4.5, short)
    assert.equal(readableOn(long), readableOn(short))
  }
})
