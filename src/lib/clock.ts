/** The clock of trials, deadlines, links and sessions: the machine's, unless a demo runs another or a faster one (REEVE_CLOCK). */

export interface Clock {
  now(): Date
  /** The value of `reeve.clock` by which PostgreSQL computes the same time (schema/01_values.sql). Empty for the machine's clock. */
  readonly setting: string
}

/** A clock that showed `origin` when the machine's clock showed `since`, both in milliseconds since 1970, and runs `rate` times as fast. */
export interface MovedClock {
  origin: number
  since: number
  rate: number
}

export const machineClock: Clock = { now: () => new Date(), setting: '' }

export function createClock(moved: MovedClock | undefined): Clock {
  if (!moved) return machineClock
  const { origin, since, rate } = moved
  return { now: () => new Date(origin + (Date.now() - since) * rate), setting: `${origin},${since},${rate}` }
}

/**
 * Parses an instant (`2026-03-01T12:00:00Z`), a speed (`x86400`: that many times as fast) or both (`2026-03-01 x60`). Undefined for
 * anything else.
 */
export function readMovedClock(text: string, since = Date.now()): MovedClock | undefined {
  const [, at, rate = '1'] = /^(\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?)?\s*(?:x(\d{1,7}(?:\.\d{1,3})?))?$/.exec(text.trim()) ?? []
  if (text.trim() === '' || (at === undefined && rate === '1')) return undefined
  const origin = at === undefined ? since : Date.parse(at)
  return Number.isNaN(origin) || Number(rate) <= 0 ? undefined : { origin, since, rate: Number(rate) }
}
