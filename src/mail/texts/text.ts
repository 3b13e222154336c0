/** What the texts of mails are made of: one table a language, which the type checker holds complete. */
import type { MailTemplate, SecurityChange } from '../templates.ts'

/** A mail in words: plain text, of which mail/render.ts makes both the text and the HTML. */
export interface Message {
  subject: string
  /** Paragraphs. */
  says: string[]
  /** Lines of a list below them. */
  list?: readonly string[]
  /** What the button is called that leads to the link. */
  button?: string
  /** Paragraphs below list and button. */
  after?: string[]
}

/** `unknown` where another version wrote the mail. */
export type Change = SecurityChange | 'unknown'

/** What a text may say: one line each, without control characters; empty where the mail does not know. */
export interface Said {
  brand: string
  name: string
  company: string
  role: string
  email: string
  /** The name of an identity provider. */
  provider: string
  product: string
  /** A number of days with its noun. */
  days: string
  /** How long the link works, likewise. */
  hours: string
  /** The name of an API token. */
  token: string
  /** A day. */
  date: string
  account: string
  /** How many API tokens and passkeys still work; empty where none do. */
  tokens: string
  passkeys: string
  /** Of a lockdown. */
  reason: string
  requested_by: string
  change: Change
  attempts: string
  emails: string
  addresses: string
  /** Days with their time, in UTC. */
  at: string
  since: string
  until: string
}

export interface Language {
  days(n: number): string
  hours(n: number): string
  /** `name` may be empty. */
  greeting(name: string): string
  /** Before the address of the link, for whom the button does not work. */
  orOpen: string
  linkWorks(hours: string): string
  sentBy(brand: string): string
  /** Before the addresses of the support. */
  questions: string
  mails: Record<MailTemplate, (said: Said) => Message>
}

/** Paragraphs without the empty ones. */
export const some = (...paragraphs: string[]) => paragraphs.filter((paragraph) => paragraph !== '')
/** ` text` with what stands before it, or nothing where there is no text. */
export const when = (value: string, text: string) => (value === '' ? '' : text)

/** The noun that goes with a number. */
export function plural(lang: string, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }) {
  const rules = new Intl.PluralRules(lang)
  return (n: number) => `${n} ${forms[rules.select(n)] ?? forms.other}`
}
