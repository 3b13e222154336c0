/** Whether the disk of the database is full, by what its statements say. */
import { DISK_FULL } from './errors.ts'

export interface DiskWatch {
  /** Is told of each error, and with nothing of each change that was made. */
  note(error?: unknown): void
  isFull(): boolean
}

/** Milliseconds. Some changes need no space: one that works does not mean that the next one will. And where nobody tries, nobody finds out. */
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
