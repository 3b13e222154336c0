/** The countries that the server knows, by name in the reader's language. */
import { i18n } from '@lingui/core'
import { countryCodes } from '../../../src/lib/countries.ts'

export const countryName = (code: string) => new Intl.DisplayNames(i18n.locale, { type: 'region' }).of(code) ?? code

export function countries(): { code: string; name: string }[] {
  const { compare } = new Intl.Collator(i18n.locale)
  return [...countryCodes].map((code) => ({ code, name: countryName(code) })).sort((a, b) => compare(a.name, b.name))
}
