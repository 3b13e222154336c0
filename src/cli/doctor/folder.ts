/** The data folder: who owns it, who may read it, what runs on it, and how much space is left. */
import { existsSync, lstatSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { clusterOf, passwordFile } from '../../db/embedded/cluster.ts'
import { pidNamespace, processStart } from '../../db/embedded/processes.ts'
import { keyFile, secondKeyFile } from '../../db/secret-files.ts'
import type { Config } from '../../lib/config.ts'
import { readIfThere } from '../../lib/read-if-there.ts'
import { error, type Finding, ok, size, warning } from './finding.ts'

export function folderFindings({ data, databaseUrl, secret }: Config): Finding[] {
  const folder = resolve(data)
  if (!existsSync(folder))
    return databaseUrl !== undefined && secret !== undefined
      ? [ok(`There is no ${folder}, and none is needed.`)]
      : [warning(`There is no ${folder}.`, 'The first start makes it. If there was one, set REEVE_DATA to it.')]
  const found = [...accessFindings(folder), ...lockFindings(folder)]
  if (databaseUrl === undefined) {
    const { bavail, blocks, bsize } = statfsSync(folder)
    found.push(spaceFinding(folder, bavail * bsize, blocks * bsize))
    const cluster = clusterOf(folder)
    if (existsSync(cluster) && readdirSync(cluster).length > 0 && !existsSync(join(cluster, 'PG_VERSION')))
      found.push(error(`${cluster} is no PostgreSQL data folder.`, 'Move it away, or set REEVE_DATA to another folder.'))
  } else if (existsSync(clusterOf(folder)))
    found.push(
      warning(`DATABASE_URL is set, and ${folder} also holds an embedded database, which is not used.`, 'Unset the one that is not meant.'),
    )
  return found
}

function accessFindings(folder: string): Finding[] {
  if (process.platform === 'win32') return []
  const found: Finding[] = []
  const uid = process.geteuid?.() ?? 0
  const owner = statSync(folder).uid
  if (uid !== 0 && owner !== uid)
    found.push(
      error(`${folder} belongs to the account with uid ${owner}, and this is uid ${uid}.`, 'Run Reeve as its owner, or chown -R it.'),
    )
  const isOpen = (path: string) => (lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077
  if (isOpen(folder)) found.push(warning(`Other accounts may look into ${folder}.`, `chmod 700 ${folder}`))
  for (const path of [keyFile(folder), secondKeyFile(folder)])
    if (isOpen(path))
      found.push(
        error(
          `Other accounts could read ${path}.`,
          `chmod 600 ${path}; if one of them is not trusted, replace the secret (docs/operations.md#keys).`,
        ),
      )
  for (const path of [passwordFile(folder, 'postgres'), passwordFile(folder, 'reeve')])
    if (isOpen(path)) found.push(error(`Other accounts could read ${path}.`, `chmod 600 ${path}`))
  return found.length > 0 ? found : [ok(`${folder} is closed to other accounts.`)]
}

function lockFindings(folder: string): Finding[] {
  const lock = readIfThere(join(folder, 'reeve.pid'))
  if (lock === undefined) return []
  const [pid = '', started, namespace] = lock.split('\n')
  if (namespace !== pidNamespace()) return [ok(`A Reeve of another container uses it, or did, as process ${pid}.`)]
  if (processStart(Number(pid)) === started) return [ok(`Reeve runs on it as process ${pid}.`)]
  return [warning(`reeve.pid names process ${pid}, which has ended without closing.`, 'Start the server: it recovers by itself.')]
}

/** @param folder on a file system with these bytes */
export function spaceFinding(folder: string, free: number, whole: number): Finding {
  const left = `${size(free)} of ${size(whole)} are free for ${folder}`
  if (free < 500e6)
    return error(`${left}: when nothing is left, every change is refused.`, 'Make space, or move the folder to a larger disk.')
  if (free < 0.1 * whole && free < 20e9) return warning(`${left}.`, 'Make space in time.')
  return ok(`${left}.`)
}
