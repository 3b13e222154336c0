/** What the pages of links say: one table a language, which the type checker holds complete. */
import type { LinkPurpose } from '../../mail/outbox.ts'
import type { Refusal } from '../links.rules.ts'

export interface Texts {
  purposes: Record<LinkPurpose, { title: string; says: (of: string) => string; button: string; done: string }>
  /** After a new password, before the link that ends what is left beside it. */
  accessLeft: string
  /** Of a notice of a change that the user asked for: the new address is not named. */
  ownChange: string
  /** The second button of a notice of a change that staff asked for. */
  allow: string
  /** The new address confirmed, and the present one may still object. */
  waits: string
  /** The present address agreed. */
  allowed: string
  password: string
  again: string
  /** What a password must be. */
  rules: string
  refusals: Record<Refusal, string>
  /** The link to the provider’s own website, where people sign in, once all is done. */
  onwards: (name: string) => string
  gone: { title: string; says: string }
}
