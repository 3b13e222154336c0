/** Numbers and times as the reader writes them. */
import { i18n } from '@lingui/core'

export const number = (value: number) => new Intl.NumberFormat(i18n.locale).format(value)
export const percent = (value: number) => new Intl.NumberFormat(i18n.locale, { style: 'percent', maximumFractionDigits: 1 }).format(value)
export const day = (value: string | number | Date) => new Intl.DateTimeFormat(i18n.locale, { dateStyle: 'medium' }).format(new Date(value))
export const instant = (value: string | number | Date) =>
  new Intl.DateTimeFormat(i18n.locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value))
export const utc = (value: string | number | Date) => `${new Date(value).toISOString().slice(0, 19).replace('T', ' ')} UTC`

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** Returns "in 3 days" or "2 hours ago". */
export function relative(value: string | number | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(value).getTime() - now) / 1000)
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(i18n.locale, { numeric: 'auto' }).format(Math.round(seconds / length), unit)
}
