/** The one clock of trials, ends, links and sessions: the machine's, unless a demo runs a faster or another one (REEVE_CLOCK). */

export interface Clock {
  now(): Date
  /** How PostgreSQL reckons the same time: the setting `reeve.clock` of a connection (schema/01_values.sql). Empty for the machine's. */
  readonly setting: string
}

/** It showed `origin` when the machine's showed `since`, both in milliseconds since 1970, and goes `rate` times as fast. */
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

/** `2026-03-01T12:00:00Z`, `x86400` (so many times as fast) or both, such as `2026-03-01 x60`. Undefined where it is none of these. */
export function readMovedClock(text: string, since = Date.now()): MovedClock | undefined {
  const [, at, rate = '1'] = /^(\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?)?\s*(?:x(\d{1,7}(?:\.\d{1,3})?))?$/.exec(text.trim()) ?? []
  if (text.trim() === '' || (at === undefined && rate === '1')) return undefined
  const origin = at === undefined ? since : Date.parse(at)
  return Number.isNaN(origin) || Number(rate) <= 0 ? undefined : { origin, since, rate: Number(rate) }
}
