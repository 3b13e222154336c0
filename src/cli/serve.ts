/** The command `serve`: runs the server until it is stopped. */

import type { Config } from '../lib/config.ts'
import { StartupError } from '../lib/startup-error.ts'
import { closeOnSignals, startServer } from '../server/lifecycle.ts'
import { createLog } from '../server/listen.ts'

export async function serve(config: Config): Promise<void> {
  if (config.clock) throw new StartupError('REEVE_CLOCK is for the demo only: unset it.')
  const log = createLog(config.logLevel)
  const running = await startServer(config, log)
  closeOnSignals(running, log)
  log.info(`Reeve answers at ${running.url}, with ${running.database.description}`)
}
