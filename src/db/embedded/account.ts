/** The account that runs PostgreSQL instead of root, and a copy of the programs in a folder that it can reach. */
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartupError } from '../../lib/startup-error.ts'

export interface Account {
  uid: number
  gid: number
  name: string
}

/**
 * Chooses the account for PostgreSQL, which refuses to run as root. Returns undefined if we are not root; else the owner of an existing
 * cluster, so that its owner never changes; else `postgres` or, last, `nobody`. The account needs an entry in /etc/passwd, because initdb
 * looks up its name.
 */
export function accountFor(owner: Stats | undefined): Account | undefined {
  if (process.geteuid?.() !== 0) return undefined
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` }
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = entries.find((entry) => entry[0] === wanted) ?? []
    if (name !== undefined && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid), name }
  }
  throw new StartupError(
    'PostgreSQL refuses to run as root, and /etc/passwd has neither an account postgres nor nobody: add one (useradd --system ' +
      'postgres), start Reeve as an ordinary user, or set DATABASE_URL.',
  )
}

/**
 * Copies `native` once per version to the first of `places` from which it runs, as `works` reports, and returns the copy's path. PostgreSQL
 * finds its files by the real path of its program, so an inherited descriptor does not help: the account needs access to the folder. In the
 * temporary folder anybody could have planted a copy, so a copy is used only if root owns it and nobody else may write to it.
 */
export async function reachableCopy(
  native: string,
  version: string,
  works: (copy: string) => Promise<boolean>,
  places: readonly string[] = ['/var/lib/reeve', join(tmpdir(), 'reeve-programs')],
): Promise<string> {
  let why: unknown
  for (const place of places) {
    const copy = join(place, `postgresql-${version}`)
    try {
      if (lstat(place) === undefined) makeOpenFolder(place)
      mustBeRoots(place)
      if (lstat(copy) === undefined) {
        const draft = `${copy}.${randomUUID()}`
        try {
          copyTree(native, draft)
          renameSync(draft, copy) // Atomic. Of two concurrent starts, the second fails with ENOTEMPTY and uses the first one's copy.
        } catch (error) {
          if (lstat(copy) === undefined) throw error
        } finally {
          rmSync(draft, { recursive: true, force: true })
        }
      }
      mustBeRoots(copy)
      if (await works(copy)) return copy
      why = new Error(`the programs do not run from ${copy}`)
    } catch (error) {
      why = error
    }
  }
  throw new StartupError(
    `The account that runs PostgreSQL cannot reach ${native}, and no copy could be made in ${places.join(' or ')} ` +
      `(${(why as Error).message}): install Reeve outside of closed folders such as /root, start it as an ordinary user, or set ` +
      'DATABASE_URL.',
    { cause: why },
  )
}

function mustBeRoots(path: string): void {
  const found = lstatSync(path)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new Error(`${path} is not a folder that root alone may write`)
}

/** Sets modes explicitly: root's umask or that of `npm install` may deny others access. */
function copyTree(from: string, to: string): void {
  makeOpenFolder(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyTree(source, target)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else {
      copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      chmodSync(target, from.endsWith('bin') ? 0o755 : 0o644)
    }
  }
}

function makeOpenFolder(path: string): void {
  try {
    mkdirSync(path)
    chmodSync(path, 0o755)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
