/** The settings of the embedded PostgreSQL, sized to the machine. */
import { availableParallelism, totalmem } from 'node:os'

/** What the settings depend on. Memory and free disk in bytes. */
export interface Machine {
  memory: number
  cores: number
  diskFree: number
}

const MB = 1024 ** 2
const GB = 1024 ** 3

/** Memory and cores that this process may use: in a container the container's, not the host's. */
export function thisMachine(diskFree: number): Machine {
  // 0 or a number beyond all memory stands for "no limit".
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return { memory: Math.min(totalmem(), limit), cores: availableParallelism(), diskFree }
}

/**
 * Settings for the command line of `postgres` (they override postgresql.conf). PostgreSQL shares the machine with Reeve, so shared_buffers
 * is an eighth of the memory, not the usual quarter.
 *
 * lz4 is missing on purpose: the binaries on npm (18.4.0-beta.17) are built without it, and `wal_compression=lz4` or
 * `default_toast_compression=lz4` stop the server from starting. Statements with COMPRESSION lz4 fail too: check pg_settings.enumvals
 * first.
 */
export function serverSettings({ memory, cores, diskFree }: Machine): Record<string, string> {
  return {
    // Durability, set explicitly, so that no file or default can weaken it.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',

    max_connections: '100',
    shared_buffers: megabytes(within(memory / 8, 32 * MB, 4 * GB)),
    effective_cache_size: megabytes(memory / 2),
    maintenance_work_mem: megabytes(within(memory / 32, 64 * MB, GB)),
    work_mem: memory >= 8 * GB ? '32MB' : '16MB',
    // With the default, parallel queries keep their tables in /dev/shm, which Docker limits to 64 MB; System V memory has no such limit on
    // Linux.
    ...(process.platform === 'linux' && { dynamic_shared_memory_type: 'sysv' }),
    max_worker_processes: String(Math.max(8, cores)),
    max_parallel_workers: String(cores),
    max_parallel_workers_per_gather: String(within(Math.floor(cores / 2), 1, 4)),
    max_parallel_maintenance_workers: String(within(Math.floor(cores / 2), 1, 4)),

    // 4 GB between checkpoints, but never more than a tenth of the space that a small disk has left.
    max_wal_size: megabytes(within(diskFree / 10, 256 * MB, 4 * GB)),
    // What the archiver has not archived may take a quarter of the space: a backup folder that fails must not fill this disk.
    max_slot_wal_keep_size: megabytes(within(diskFree / 4, GB, 256 * GB)),
    random_page_cost: '1.1',
    jit: 'off',

    timezone: 'UTC',
    cluster_name: 'reeve',

    // Logs server events only. A failed statement and its values may hold secrets, so only the client receives them.
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '',
    log_timezone: 'UTC',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'default',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_checkpoints: 'off',
  }
}

const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
const megabytes = (bytes: number) => `${Math.floor(bytes / MB)}MB`
