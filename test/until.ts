/** For what comes a while after it was asked for. */
import { setTimeout as delay } from 'node:timers/promises'

/** A machine may have much else to do: only what never comes takes so long. */
const PATIENCE = 90_000

/**
 * Asks until the answer is true, or anything else that stands for it, and answers that.
 * @param what is awaited, for the error
 * @param every so many milliseconds
 */
export async function until<T>(what: string, ask: () => T | Promise<T>, every = 20): Promise<Exclude<T, false | undefined>> {
  for (const end = Date.now() + PATIENCE; ; await delay(every)) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
    if (Date.now() > end) throw new Error(`In vain for ${PATIENCE / 1000} s: ${what}`)
  }
}
