/** A login of the embedded database for other programs, on the running server or on one that runs until `close`. */
import { resolve } from 'node:path'
import { StartupError } from '../../lib/startup-error.ts'
import { hasCluster } from './cluster.ts'
import { findRunning, type Login, startEmbedded } from './server.ts'

/** @throws StartupError if the folder holds no database: a mistyped path must not create one */
export async function openLogin(folder: string): Promise<{ login: Login; close(): Promise<void> }> {
  if (!hasCluster(folder)) throw new StartupError(`There is no database in ${resolve(folder)}: start the server once, or set REEVE_DATA.`)
  const running = await findRunning(folder)
  if (running) return { login: running.app, close: async () => running.close() }
  const server = await startEmbedded(folder)
  return { login: server.app, close: () => server.stop() }
}
