/** A cap on what runs at once: so that a few callers with costly requests cannot take the database from all others. */
import { errors } from './errors.ts'

export interface Gate {
  /** Waits for a place; call the result when done. @throws 503 with Retry-After when too many wait, or it takes too long */
  enter(): Promise<() => void>
}

/**
 * @param places how many run at once
 * @param queue how many may wait
 * @param patience how long one waits, in milliseconds
 */
export function createGate({ places, queue, patience }: { places: number; queue: number; patience: number }): Gate {
  let free = places
  const waiting = new Set<() => void>()

  const leave = () => {
    let left = false
    return () => {
      if (left) return
      left = true
      const [next] = waiting
      if (!next) free++
      else {
        waiting.delete(next)
        next()
      }
    }
  }

  return {
    async enter() {
      if (free > 0) free--
      else if (waiting.size >= queue) throw errors.busy()
      else {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        waiting.add(resolve)
        const timer = setTimeout(() => {
          if (waiting.delete(resolve)) reject(errors.busy())
        }, patience)
        await promise.finally(() => clearTimeout(timer))
      }
      return leave()
    },
  }
}

/** One at a time for each key, whoever else comes with another: a gate for each, forgotten when the last one leaves. */
export function createTurns({ queue, patience }: { queue: number; patience: number }) {
  const gates = new Map<string, { gate: Gate; inside: number }>()
  return {
    async enter(key: string): Promise<() => void> {
      const own = gates.get(key) ?? { gate: createGate({ places: 1, queue, patience }), inside: 0 }
      gates.set(key, own)
      own.inside++
      const gone = () => {
        if (--own.inside === 0) gates.delete(key)
      }
      const leave = await own.gate.enter().catch((error) => {
        gone()
        throw error
      })
      return () => {
        leave()
        gone()
      }
    },
  }
}
