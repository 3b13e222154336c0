/** Opens the database for a command. */

import { readConfig } from '../lib/config.ts'
import { openMigrated } from '../server/lifecycle.ts'
import { createLog } from '../server/listen.ts'

/**
 * Opens the configured database, beside a server that may be running on it. `say` receives the progress of migrations; without it, the log
 * does.
 */
export async function openForCommand({ say }: { say?: (line: string) => void } = {}) {
  const config = readConfig(process.env)
  const log = createLog(process.env.REEVE_LOG ? config.logLevel : 'warn')
  const onLost = (error: Error) => {
    throw error
  }
  const { database } = await openMigrated(config, log, { onLost, beside: true, ...(say && { say }) })
  return { config, database, close: database.close }
}
