/** The pages that links lead to: plain HTML that works without scripts, in the language of the user and the colours of the reseller. */
import { readableOn } from '../lib/colours.ts'
import { type Html, html } from '../lib/html.ts'
import type { Brand } from '../mail/render.ts'
import type { OpenLink } from './links.queries.ts'
import { asksForPassword, type Refusal, type Success } from './links.rules.ts'
import { type Lang, texts } from './texts/languages.ts'

/** Returns the company or the address that the page names. */
const about = ({ purpose, change, account, email }: OpenLink) =>
  (['account_invitation', 'account_deletion'].includes(purpose) ? account?.company : change?.email) ?? email

/** Renders the form of a link, with the error if the input was refused. */
export function formPage(link: OpenLink, brand: Brand, refusal?: Refusal): Page {
  const language = texts[link.lang]
  const { title, says, button } = language.purposes[link.purpose]
  const notice = link.purpose === 'email_change_notice' ? (link.change?.byStaff ? 'of staff' : 'of oneself') : undefined
  const wrong = refusal && language.refusals[refusal]
  const password = asksForPassword(link.purpose)
  const described = wrong ? 'rules wrong' : 'rules'
  const body = html`
<p>${notice === 'of oneself' ? language.ownChange : says(about(link))}</p>
${wrong && html`<p id="wrong" class="wrong" role="alert">${wrong}</p>`}
<form method="post">
${
  password
    ? html`<input type="hidden" name="username" autocomplete="username" value="${link.email}">
<p id="rules">${language.rules}</p>
<label for="password">${language.password}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="128" required aria-describedby="${described}"${wrong && html` aria-invalid="true"`}>
<label for="password_again">${language.again}</label>
<input id="password_again" name="password_again" type="password" autocomplete="new-password" required>`
    : undefined
}
<button>${button}</button>
${notice === 'of staff' ? html`<button name="decision" value="allow" class="second">${language.allow}</button>` : undefined}
</form>`
  return page(link.lang, brand, title, body)
}

/** @param endAccess token of the link that ends the API tokens and passkeys that a new password leaves */
export function donePage(link: OpenLink, brand: Brand, outcome: Success, endAccess?: string): Page {
  const { purposes, waits, allowed, accessLeft, onwards } = texts[link.lang]
  const { title, done } = purposes[link.purpose]
  const { website } = brand.support
  return page(
    link.lang,
    brand,
    title,
    html`<p role="status">${{ done, waits, allowed }[outcome]}</p>${
      endAccess && html`<p>${accessLeft} <a href="./${endAccess}">${purposes.end_access.title}</a></p>`
    }${website && html`<p><a href="${website}">${onwards(brand.name)}</a></p>`}`,
  )
}

/** Renders the page for an unknown, used or expired link, without revealing which it is. */
export function gonePage(acceptLanguage: string | undefined): Page {
  const lang = spoken(acceptLanguage)
  const { title, says } = texts[lang].gone
  return page(lang, undefined, title, html`<p>${says}</p>`)
}

/** Returns the first supported language of the header (RFC 9110, 12.5.4), in the order that browsers send. */
function spoken(header = ''): Lang {
  const wanted = header.split(',').map((one) => one.trim().slice(0, 2).toLowerCase())
  return wanted.find((one): one is Lang => Object.hasOwn(texts, one)) ?? 'en'
}

export interface Page {
  /** With the nonce of its one style sheet. */
  render(nonce: string): string
}

const neutral = { header: '#1f2a44', primary: '#1f5fbf' }

function page(lang: Lang, brand: Brand | undefined, title: string, body: Html): Page {
  const { header, primary } = brand?.colors ?? neutral
  const style = html`:root{color-scheme:light}
body{margin:0;background:#f2f3f5;color:#1c2026;font:1rem/1.5 system-ui,sans-serif}
header{padding:1rem 1.5rem;background:${header};color:${readableOn(header)};font-size:1.25rem;font-weight:600}
main{max-width:32rem;margin:2rem auto;padding:1.5rem;background:#fff}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.3}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.5rem;border:1px solid #4a5160;border-radius:4px;font:inherit}
button{margin-top:1.5rem;padding:.75rem 1.5rem;border:1px solid #1c2026;border-radius:4px;background:${primary};color:${readableOn(primary)};font:inherit;font-weight:600;cursor:pointer}
.second{margin-left:.75rem;background:#fff;color:#1c2026}
:focus-visible{outline:3px solid #1c2026;outline-offset:2px}
.wrong{padding:.75rem;border-left:4px solid #b3261e;background:#fdeceb}`
  return {
    render: (nonce) =>
      html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}${brand && ` – ${brand.name}`}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
${brand && html`<header>${brand.name}</header>`}
<main>
<h1>${title}</h1>${body}
</main>
</body>
</html>
`.text,
  }
}
