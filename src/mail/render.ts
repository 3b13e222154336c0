/** Renders a mail from its template: subject, text and HTML from one description, in the reseller's brand, all values as inert text. */
import { readableOn } from '../lib/colours.ts'
import { type Html, html } from '../lib/html.ts'
import { type LinkTemplate, linkHours, type MailDetail, type MailTemplate, securityChanges } from './templates.ts'
import { type Lang, languages } from './texts/languages.ts'
import type { Language, Said } from './texts/text.ts'

/** What is a reseller's own in its mails: see mail/brand.ts. */
export interface Brand {
  name: string
  /** Base URL of links, without a trailing slash: this server's, or REEVE_BRAND_URL with the reseller's domain. */
  url: string
  /** URL of an image that mail programs display, or undefined. */
  logo: string | undefined
  /** `#rgb` or `#rrggbb`. */
  colors: { header: string; primary: string }
  fromEmail: string | undefined
  support: { email: string | undefined; phone: string | undefined; website: string | undefined }
}

export interface Wanted {
  template: MailTemplate
  lang: Lang
  details: Partial<Record<MailDetail, string | number>>
  brand: Brand
  /** Target of the button. */
  link?: string | undefined
}

export interface Rendered {
  subject: string
  text: string
  html: string
}

export const linkAddress = ({ url }: Brand, token: string) => `${url}/reeve/links/${token}`
export const hasLink = (template: string): template is LinkTemplate => template !== 'end_access' && Object.hasOwn(linkHours, template)
export const isTemplate = (template: string): template is MailTemplate => Object.hasOwn(languages.en.mails, template)

/** A mail as paragraphs, from which both bodies are made. */
interface Content {
  greeting: string
  says: readonly string[]
  list: readonly string[]
  button: { text: string; link: string; orOpen: string; works: string } | undefined
  after: readonly string[]
  footer: { sentBy: string; questions: string; support: Brand['support'] }
}

export function renderMail({ template, lang, details, brand, link }: Wanted): Rendered {
  const language = languages[lang]
  const said = saidOf(language, lang, { template, details, brand })
  const { subject, says, list = [], button, after = [] } = language.mails[template](said)
  const content: Content = {
    greeting: language.greeting(said.name),
    says,
    list,
    button: button && link ? { text: button, link, orOpen: language.orOpen, works: language.linkWorks(said.hours) } : undefined,
    after,
    footer: { sentBy: language.sentBy(said.brand), questions: language.questions, support: brand.support },
  }
  return { subject: line(subject, 250), text: textOf(content), html: htmlOf(content, { subject, lang, brand, name: said.brand }).text }
}

const productNames: Record<string, string> = {
  STORAGE: 'Storage',
  STREAMING: 'Streaming',
  CLOUD: 'Cloud',
  DDOS: 'DDoS',
  CONNECT: 'Connect',
}
const LONG = 2000

function saidOf(language: Language, lang: Lang, { template, details, brand }: Pick<Wanted, 'template' | 'details' | 'brand'>): Said {
  const of = (name: MailDetail) => line(String(details[name] ?? ''))
  const product = of('product')
  return {
    brand: line(brand.name),
    name: chosen(of('name')),
    company: chosen(of('company')),
    role: of('role'),
    email: of('email'),
    provider: of('provider'),
    product: productNames[product] ?? product,
    days: details.days === undefined ? '' : language.days(Number(details.days)),
    hours: language.hours(linkHours[hasLink(template) ? template : 'end_access']),
    token: chosen(of('token')),
    date: day(lang, of('date')),
    account: of('account'),
    tokens: of('tokens'),
    passkeys: of('passkeys'),
    reason: line(String(details.reason ?? ''), LONG),
    requested_by: of('requested_by'),
    change: securityChanges.find((one) => one === details.change) ?? 'unknown',
    at: day(lang, of('at'), 'short'),
    attempts: of('attempts'),
    emails: line(String(details.emails ?? ''), LONG),
    addresses: line(String(details.addresses ?? ''), LONG),
    since: day(lang, of('since'), 'short'),
    until: day(lang, of('until'), 'short'),
  }
}

/** Makes a value one line: control characters, line separators, byte order marks and marks of text direction become blanks. */
export const line = (value: string, most = 200) =>
  Array.from(
    value
      .toWellFormed()
      .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]+/gu, ' ')
      .trim(),
  )
    .slice(0, most)
    .join('')

/** Keeps mail programs from making a link of a name that a user chose, by inserting word joiners (U+2060), which have no width. */
const chosen = (value: string) => value.replace(/([.:/@])(?=[^\s\u2060])/gu, '$1\u2060')

function day(lang: Lang, instant: string, timeStyle?: 'short'): string {
  const at = new Date(instant)
  return Number.isNaN(at.getTime()) ? '' : `${formatOf(lang, timeStyle).format(at)}${timeStyle ? ' UTC' : ''}`
}

/** Cached: creating one takes as long as formatting thousands of dates. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(lang: Lang, timeStyle?: 'short'): Intl.DateTimeFormat {
  const key = `${lang} ${timeStyle}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC', ...(timeStyle && { timeStyle }) })
    formats.set(key, format)
  }
  return format
}

function textOf({ greeting, says, list, button, after, footer: { sentBy, questions, support } }: Content): string {
  const contact = [support.email, support.phone, support.website].filter((one) => one !== undefined)
  const paragraphs = [
    greeting,
    ...says,
    list.map((one) => `- ${one}`).join('\n'),
    button && `${button.text}:\n${button.link}`,
    button?.works,
    ...after,
    ['-- ', sentBy, ...(contact.length > 0 ? [`${questions} ${contact.map((one) => line(one)).join(', ')}`] : [])].join('\n'),
  ]
  return `${paragraphs.filter((one) => one).join('\n\n')}\n`
}

const font = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'

function htmlOf(content: Content, { subject, lang, brand, name }: { subject: string; lang: Lang; brand: Brand; name: string }): Html {
  const { greeting, says, list, button, after, footer } = content
  const { header, primary } = brand.colors
  const p = (text: string) => html`<p style="margin:0 0 16px">${text}</p>\n`
  return html`<!doctype html>
<html lang="${lang}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light">
<title>${line(subject, 250)}</title>
</head>
<body style="margin:0;padding:16px;background:#f2f3f5;color:#1c2026;font-size:16px;line-height:1.5;${font}">
<div role="article" aria-roledescription="email" lang="${lang}" style="max-width:600px;margin:0 auto;background:#ffffff">
<header style="padding:16px 24px;background:${header};color:${readableOn(header)};font-size:20px;font-weight:600">${
    brand.logo ? html`<img src="${brand.logo}" alt="${name}" height="40" style="display:block;max-width:100%;height:40px;border:0">` : name
  }</header>
<main style="padding:24px">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${line(subject, 250)}</h1>
${p(greeting)}${says.map(p)}${
  list.length > 0 ? html`<ul style="margin:0 0 16px;padding-left:24px">${list.map((one) => html`<li>${one}</li>\n`)}</ul>\n` : undefined
}${
  button &&
  html`<p style="margin:24px 0"><a href="${button.link}" style="display:inline-block;padding:12px 24px;border:1px solid #1c2026;border-radius:4px;background:${primary};color:${readableOn(primary)};font-weight:600;text-decoration:none">${button.text}</a></p>
<p style="margin:0 0 16px">${button.orOpen}<br><a href="${button.link}" style="color:#1c2026;word-break:break-all">${button.link}</a></p>
${p(button.works)}`
}${after.map(p)}</main>
<footer style="padding:16px 24px;border-top:1px solid #d0d4da;color:#4a5160;font-size:14px">
<p style="margin:0">${footer.sentBy}</p>
${contactOf(footer)}</footer>
</div>
</body>
</html>
`
}

function contactOf({ questions, support: { email, phone, website } }: Content['footer']): Html | undefined {
  const style = 'color:#4a5160'
  const ways = [
    email && html` <a href="mailto:${encodeURIComponent(email).replace('%40', '@')}" style="${style}">${line(email)}</a>`,
    phone && html` ${line(phone)}`,
    website && /^https?:\/\//.test(website) && html` <a href="${website}" style="${style}">${line(website)}</a>`,
  ].filter((one) => one instanceof Object)
  return ways.length > 0 ? html`<p style="margin:0">${questions}${ways}</p>\n` : undefined
}
