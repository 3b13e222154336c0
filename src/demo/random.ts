/** Random numbers that are the same on every machine: a demo world draws everything from one seed. */
import type { Time } from './rows.ts'

export const DAY = 86_400_000

/** Formats a time as in the contract; `micros` are the last three digits. */
export const time = (ms: number, micros = 0): Time => `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`

export type Random = ReturnType<typeof createRandom>

export function createRandom(seed: number) {
  let state = seed >>> 0
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const pick = <T>(list: readonly T[]) => list[whole(0, list.length - 1)] as T
  return {
    /** A number from 0 up to, but not including, 1. */
    part: next,
    /** True with this probability. */
    chance: (share: number) => next() < share,
    /** A whole number; both ends are inclusive. */
    whole,
    pick,
    /** Distinct items of the list. */
    some<T>(list: readonly T[], count: number) {
      const chosen = new Set<T>()
      while (chosen.size < Math.min(count, list.length)) chosen.add(pick(list))
      return [...chosen]
    },
    /** A time between two times in milliseconds since 1970, with microseconds. */
    between: (from: number, to: number) => time(whole(from, Math.max(from, to - 1)), whole(0, 999)),
  }
}
