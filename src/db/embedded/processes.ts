/** What the operating system knows about a process: whether it runs, since when, and in which folder. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/**
 * Returns the start time of a process as text, to compare for equality only; undefined if no such process runs. It tells a process from a
 * later one with the same pid. Windows offers no cheap way: every running process returns `running` there, and a reused pid is taken for
 * the first process.
 */
export function processStart(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The second field is the program's name in parentheses. It may contain blanks and parentheses, so count from the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie is dead: it waits for a parent that, as process 1 of a container, may never reap it.
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

/** Identifies our pid namespace: containers on one machine may share a folder, but not their pids. */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return 'host'
  }
}

/**
 * Returns whether the process is a PostgreSQL server of this cluster. A server's working folder is its data folder, which Linux shows;
 * elsewhere its arguments contain the folder.
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
    return false // Access denied: a process of another account, which cannot be a server of our folder.
  }
}

/** Returns the processes of this cluster: the server and its backends. Linux only; empty elsewhere. */
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

/** Identifies this boot of the machine: start times count from it, and are unique only together with it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
