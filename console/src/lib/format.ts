/** Numbers and times as the reader writes them. */
import { i18n } from '@lingui/core'

/** Chromium has no data for Azerbaijani and shows “1970 M01 1”, and its numbers and dates are written as German ones are. */
const written = () => (i18n.locale === 'az' ? 'de' : i18n.locale)

export const number = (value: number) => new Intl.NumberFormat(written()).format(value)
export const percent = (value: number) => new Intl.NumberFormat(written(), { style: 'percent', maximumFractionDigits: 1 }).format(value)
export const day = (value: string | number | Date) => new Intl.DateTimeFormat(written(), { dateStyle: 'medium' }).format(new Date(value))
export const instant = (value: string | number | Date) =>
  new Intl.DateTimeFormat(written(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value))
/** The day without its year, as UTC has it, from seconds. */
export const shortDay = (at: number) =>
  new Intl.DateTimeFormat(written(), { day: 'numeric', month: i18n.locale === 'az' ? '2-digit' : 'short', timeZone: 'UTC' }).format(
    at * 1000,
  )
export const utc = (value: string | number | Date) => `${new Date(value).toISOString().slice(0, 19).replace('T', ' ')} UTC`

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

const inAzerbaijani = { day: 'gün', hour: 'saat', minute: 'dəqiqə', second: 'saniyə' }

/** Returns "in 3 days" or "2 hours ago". */
export function relative(value: string | number | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(value).getTime() - now) / 1000)
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const count = Math.round(seconds / length)
  if (i18n.locale === 'az') return `${Math.abs(count)} ${inAzerbaijani[unit]} ${count > 0 ? 'sonra' : 'əvvəl'}`
  return new Intl.RelativeTimeFormat(i18n.locale, { numeric: 'auto' }).format(count, unit)
}
