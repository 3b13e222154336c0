/** This machine: Node.js, memory and open files. */

import { thisMachine } from '../../db/embedded/settings.ts'
import type { Config } from '../../lib/config.ts'
import { readIfThere } from '../../lib/read-if-there.ts'
import { type Finding, ok, size, warning } from './finding.ts'

/** What a process of the server takes under load, and PostgreSQL beside it (docs/performance.md). */
const OF_PROCESS = 500e6
const OF_DATABASE = 500e6
const FILES = 4096

export function machineFindings({ workers, databaseUrl }: Config): Finding[] {
  const { memory, cores } = thisMachine(0)
  const needed = workers * OF_PROCESS + (databaseUrl === undefined ? OF_DATABASE : 0)
  const found = [ok(`Node.js ${process.versions.node}, ${cores} cores, ${size(memory)} of memory.`)]
  if (memory < needed)
    found.push(
      warning(`${size(memory)} of memory are little for ${workers} processes.`, `Give it ${size(needed)}, or lower REEVE_WORKERS.`),
    )
  if (workers > 2 * cores)
    found.push(warning(`REEVE_WORKERS is ${workers}, on ${cores} cores.`, 'More processes than cores make nothing faster.'))
  const files = Number(/^Max open files\s+(\d+)/m.exec(readIfThere('/proc/self/limits') ?? '')?.[1] ?? FILES)
  if (files < FILES)
    found.push(
      warning(`A process may open ${files} files, and each connection is one.`, `Raise it to ${FILES} or more (LimitNOFILE, ulimit -n).`),
    )
  return found
}
