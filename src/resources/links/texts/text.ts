/** What the pages of links say: one table a language, which the type checker holds complete. */
import type { LinkPurpose } from '../../../mail/outbox.ts'
import type { Refusal } from '../links.rules.ts'

export interface Texts {
  purposes: Record<LinkPurpose, { title: string; says: (email: string) => string; button: string; done: string }>
  password: string
  again: string
  /** What a password must be. */
  rules: string
  refusals: Record<Refusal, string>
  gone: { title: string; says: string }
}
