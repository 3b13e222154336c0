/** Texts of the link pages: one table per language. The type checker keeps them complete. */
import type { LinkPurpose } from '../../mail/outbox.ts'
import type { Refusal } from '../links.rules.ts'

export interface Texts {
  purposes: Record<LinkPurpose, { title: string; says: (of: string) => string; button: string; done: string }>
  /** Shown after a new password, before the link that ends API tokens and passkeys. */
  accessLeft: string
  /** Shown for a change that the user asked for. It does not name the new address. */
  ownChange: string
  /** The second button for a change that staff asked for. */
  allow: string
  /** The new address has confirmed, and the present one may still object. */
  waits: string
  /** The present address has agreed. */
  allowed: string
  password: string
  again: string
  /** The password rules. */
  rules: string
  refusals: Record<Refusal, string>
  /** The final link to the provider’s own website, where users sign in. */
  onwards: (name: string) => string
  gone: { title: string; says: string }
}
