/** The one normal form of an email address: what is stored, compared, looked up and mailed to. */
import { domainToASCII } from 'node:url'

/** Octets (RFC 5321, 4.5.3.1): of the whole address, as far as a path holds it, and of its local part. */
export const LONGEST_EMAIL = 254
const LONGEST_LOCAL = 64

/** An atom of RFC 5322, 3.2.3, or of RFC 6532 with letters and digits of any script. Quoted local parts are refused. */
const atom = "[\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-]+"
const localPart = new RegExp(`^(?!\\p{M})${atom}(\\.${atom})*$`, 'u')
/** What domainToASCII may be given: it reads its argument as the host of a URL, and would take a port, a path or %41 for what they are there. */
const hostLetters = /^[\p{L}\p{M}\p{N}.-]+$/u
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(${label}\\.)+(?!\\d+$)${label}$`)
/** Characters that show nothing, such as variation selectors and Hangul fillers: two addresses would look alike. */
const invisible = /\p{Default_Ignorable_Code_Point}/u

/**
 * The local part in NFC with its letters as they were typed, the domain by UTS 46 in lower-case ASCII. Case is ignored where addresses are
 * compared (`fold` in SQL), so a character that lower-cases into ASCII, such as U+0130, is refused, and so is every compatibility form.
 * @returns undefined for what is no address
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

const foldsIntoAscii = (local: string) => Array.from(local).some((one) => one > '\x7f' && one.toLowerCase().charAt(0) <= '\x7f')
