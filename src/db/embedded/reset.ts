/** Deletes the embedded database of a data folder, and leaves the folder's other files. */
import { renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { StartupError } from '../../lib/startup-error.ts'
import { clusterAnswers } from './address.ts'
import { clusterOf, newDraft, passwordFile } from './cluster.ts'
import { lockFolder } from './lock.ts'
import { refusal } from './refusal.ts'

/**
 * Deletes the cluster and its passwords while this process holds the folder's lock. Calls `confirm` once nothing else uses the database.
 * @returns whether `confirm` agreed
 * @throws StartupError while a server runs on the folder, or if the files cannot be deleted
 */
export async function deleteCluster(folder: string, confirm: () => Promise<boolean>): Promise<boolean> {
  const home = resolve(folder)
  const cluster = clusterOf(home)
  try {
    const unlock = await lockFolder(home, () => clusterAnswers(cluster))
    try {
      if (await clusterAnswers(cluster))
        throw new StartupError(`PostgreSQL still runs on ${cluster}: start Reeve on the folder and stop it, then reset.`)
      if (!(await confirm())) return false
      // Renames it first: if this process is killed halfway, the next start finds a draft, which it deletes, instead of half a cluster.
      const draft = newDraft(home)
      renameSync(cluster, draft)
      for (const role of ['reeve', 'postgres'] as const) rmSync(passwordFile(home, role), { force: true })
      rmSync(draft, { recursive: true, force: true, maxRetries: 3 })
      return true
    } finally {
      unlock()
    }
  } catch (error) {
    throw refusal(home, error)
  }
}
