/** The command `serve`: the server until it is told to stop. */
import { createLog } from '../answer.ts'
import type { Config } from '../config.ts'
import { StartRefused } from '../lib/start-refused.ts'
import { closeOnSignals, startServer } from '../serve.ts'

export async function serve(config: Config): Promise<void> {
  if (config.clock) throw new StartRefused('REEVE_CLOCK moves the clock of the demo and of nothing else: unset it.')
  const log = createLog(config.logLevel)
  const running = await startServer(config, log)
  closeOnSignals(running, log)
  log.info(`Reeve answers at ${running.url}, with ${running.database.description}`)
}
