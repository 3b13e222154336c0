/** Detects a full disk of the database from the results of its statements. */
import { DISK_FULL } from './errors.ts'

export interface DiskWatch {
  /** Called with each error, and without an argument after each successful change. */
  note(error?: unknown): void
  isFull(): boolean
}

/**
 * Milliseconds. Some changes need no space, so one that succeeds does not mean that the next one will. And without an attempt there is no
 * news.
 */
const AT_LEAST = 5000
const AT_MOST = 60_000

export function watchDisk(now = () => performance.now()): DiskWatch {
  let refused: number | undefined
  return {
    note(error) {
      if ((error as { code?: string } | undefined)?.code === DISK_FULL) refused = now()
      else if (error === undefined && refused !== undefined && now() - refused > AT_LEAST) refused = undefined
    },
    isFull: () => refused !== undefined && now() - refused < AT_MOST,
  }
}
