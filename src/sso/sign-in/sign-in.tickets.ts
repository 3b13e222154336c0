/** What the address of a start holds, sealed: whom it leads to, and why. All have one length, so that none tells whether a domain is known. */
import type { Cipher } from '../../lib/encryption.ts'

export interface Ticket {
  /** 0 where nobody has the domain. */
  provider: number
  purpose: 'sign_in' | 'test' | 'link'
  /** Who tests, or links. */
  user: number | null
  /** Of the request at the provider. */
  state: string
  /** SHA-256 of the cookie of the browser that it was made for, in hex: whoever has the address alone tests and links nothing. */
  browser?: string
  /** Milliseconds since 1970. */
  ends: number
}

const context = 'start of a sign-in by an identity provider'
const LENGTH = 320

export const sealTicket = (cipher: Cipher, ticket: Ticket): string =>
  cipher.encrypt(Buffer.from(JSON.stringify(ticket).padEnd(LENGTH)), context).toString('base64url')

/** Undefined for what is not ours, or is over. */
export function openTicket(cipher: Cipher, sealed: string, now: Date): Ticket | undefined {
  try {
    const ticket = JSON.parse(cipher.decrypt(Buffer.from(sealed, 'base64url'), context).toString()) as Ticket
    return ticket.ends > now.getTime() ? ticket : undefined
  } catch {
    return undefined
  }
}
