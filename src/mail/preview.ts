/** The command `mail`: shows any template in any language, for editing or reading its text. */
import { StartupError } from '../lib/startup-error.ts'
import { plain } from './brand.ts'
import { exampleDetails } from './example.ts'
import { hasLink, isTemplate, linkAddress, renderMail } from './render.ts'
import { type Lang, languages } from './texts/languages.ts'

const brand = {
  name: 'North Hosting',
  url: 'https://auth.north.example',
  logo: undefined,
  colors: plain,
  fromEmail: 'hello@north.example',
  support: { email: 'help@north.example', phone: '+47 555 0100', website: 'https://north.example' },
}

/** @throws StartupError listing the valid values */
export function previewMail({ template = '', lang, html }: { template?: string | undefined; lang: string; html: boolean }): string {
  const one = (wanted: string, known: string[]) => `${wanted} takes one of: ${known.join(', ')}.`
  if (!isTemplate(template)) throw new StartupError(one('--template', Object.keys(languages.en.mails)))
  if (!Object.hasOwn(languages, lang)) throw new StartupError(one('--lang', Object.keys(languages)))
  const link = hasLink(template) ? linkAddress(brand, 'EXAMPLE') : undefined
  const mail = renderMail({ template, lang: lang as Lang, details: exampleDetails, brand, link })
  return html ? mail.html : `Subject: ${mail.subject}\n\n${mail.text}`
}
