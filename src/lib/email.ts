/** The normal form in which email addresses are stored, compared, looked up and mailed to. */
import { domainToASCII } from 'node:url'

/** Octets (RFC 5321, 4.5.3.1) of the whole address, as limited by a path, and of its local part. */
export const LONGEST_EMAIL = 254
const LONGEST_LOCAL = 64

/** An atom of RFC 5322, 3.2.3, extended to letters and digits of any script (RFC 6532). Quoted local parts are rejected. */
const atom = "[\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-]+"
const localPart = new RegExp(`^(?!\\p{M})${atom}(\\.${atom})*$`, 'u')
/** Valid input for domainToASCII, which parses its argument as the host of a URL and would interpret a port, a path or %41. */
const hostLetters = /^[\p{L}\p{M}\p{N}.-]+$/u
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(${label}\\.)+(?!\\d+$)${label}$`)
/** Invisible characters, such as variation selectors and Hangul fillers, which make two addresses look alike. */
const invisible = /\p{Default_Ignorable_Code_Point}/u

/**
 * Normalizes an address: the local part in NFC with its case preserved, the domain by UTS 46 in lower-case ASCII. Comparison ignores case
 * (`fold` in SQL), so characters that lower-case into ASCII, such as U+0130, are rejected, and so are all compatibility forms.
 * @returns undefined if it is not an address
 */
export function normalEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0)).normalize('NFC')
  const domain = text.slice(at + 1).normalize('NFC')
  if (!localPart.test(local) || !hostLetters.test(domain) || invisible.test(local + domain)) return undefined
  if (local !== local.normalize('NFKC') || foldsIntoAscii(local)) return undefined
  const host = domainToASCII(domain)
  const address = `${local}@${host}`
  const fits = Buffer.byteLength(local) <= LONGEST_LOCAL && Buffer.byteLength(address) <= LONGEST_EMAIL
  return hostName.test(host) && fits ? address : undefined
}

/** What stands behind the @ of an address, or the whole text where there is none. */
export const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1)

const foldsIntoAscii = (local: string) => Array.from(local).some((one) => one > '\x7f' && one.toLowerCase().charAt(0) <= '\x7f')
