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
