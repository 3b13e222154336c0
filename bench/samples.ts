/** What is made of many times. */

/** The value below which this share of all lies; NaN where there is none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** The greatest by `of`; throws where there is none. */
export function worst<T>(items: readonly T[], of: (item: T) => number): T {
  const [first, ...others] = items
  if (first === undefined) throw new Error('Nothing was measured.')
  return others.reduce((most, one) => (of(one) > of(most) ? one : most), first)
}

/** From 0 up to `below`. */
export const random = (below: number) => Math.floor(Math.random() * below)
/** `items` must not be empty. */
export const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T
