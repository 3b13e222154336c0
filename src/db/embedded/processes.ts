/** What the operating system knows of a process: whether it runs, since when, and in which folder. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/**
 * When the process started, as text to compare for equality only; undefined where no such process runs. Tells a process from a later one
 * with the same pid. Windows cannot say it cheaply: there every running process answers `running`, and a reused pid is taken for the
 * first process.
 */
export function processStart(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The second field is the program's name in parentheses and may itself hold blanks and parentheses: count from the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie is dead: it waits for a parent which, as process 1 of a container, may never collect it.
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()} ${fields[19]}`
    } catch {
      return undefined
    }
  }
  if (process.platform === 'win32') return exists(pid) ? 'running' : undefined
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      }).trim() || undefined
    )
  } catch {
    return undefined
  }
}

/** Names the set of processes that our pids belong to: containers on one machine may share a folder, but not their pids. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return 'host'
  }
}

/**
 * Whether the process is a PostgreSQL server of this cluster. A server works inside its data folder, which Linux shows; elsewhere the
 * folder stands in its arguments.
 */
export function servesCluster(pid: number, cluster: string): boolean {
  if (processStart(pid) === undefined) return false
  try {
    if (process.platform === 'linux') {
      const [cwd, own] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)]
      return cwd.dev === own.dev && cwd.ino === own.ino
    }
    if (process.platform === 'win32') return false
    const command = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes('postgres') && command.includes(cluster)
  } catch {
    return false // Not allowed to look: a process of another account, which cannot be a server of our folder.
  }
}

/** Every process of this cluster: the server and its backends. Linux only; elsewhere none is found. */
export function clusterProcesses(cluster: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && servesCluster(pid, cluster))
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Start times count from the boot of the machine, and only with it are unique. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
