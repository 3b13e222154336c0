/** The cluster on disk: created once by initdb, checked at every start, with its role and database. */
import { randomBytes, randomUUID } from 'node:crypto'
import {
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { closeToOthers, syncFolder, writePrivate } from '../../lib/private-files.ts'
import { readIfThere } from '../../lib/read-if-there.ts'
import { StartupError } from '../../lib/startup-error.ts'
import { type Login, openPool } from '../pool.ts'
import { type Programs, runProgram } from './programs.ts'

/** The passwords of the superuser and of the role that the application uses. */
export interface Passwords {
  postgres: string
  reeve: string
}

export const clusterOf = (home: string) => join(home, 'postgres')
export const hasCluster = (home: string) => existsSync(clusterOf(home))

/** A folder that is not a cluster yet, or no longer. The next start deletes it. */
const DRAFT = 'postgres.init-'
export const newDraft = (home: string) => join(home, `${DRAFT}${randomUUID().slice(0, 8)}`)

/**
 * Returns owner and mode of the cluster's folder, or undefined before the first start.
 * @throws StartupError if it is of another major version or is no cluster, or if it belongs to another account
 */
export function inspectCluster(home: string, version: string): Stats | undefined {
  const cluster = clusterOf(home)
  const found = lstatSync(cluster, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const uid = process.geteuid?.()
  if (uid !== undefined && uid !== 0 && uid !== found.uid) {
    throw new StartupError(
      `${cluster} belongs to the account with uid ${found.uid}, and Reeve runs with uid ${uid}: start Reeve as that account or ` +
        'as root, or give this one the folder (chown -R).',
    )
  }
  if (readdirSync(cluster).length === 0) {
    rmdirSync(cluster)
    return undefined
  }
  const theirs = readIfThere(join(cluster, 'PG_VERSION'))?.trim()
  const ours = version.split('.')[0]
  if (theirs === undefined)
    throw new StartupError(`${cluster} is not a PostgreSQL data folder, yet not empty: move it away, or set REEVE_DATA to another folder.`)
  if (theirs !== ours) {
    throw new StartupError(
      `${cluster} was made by PostgreSQL ${theirs}, and this Reeve brings PostgreSQL ${ours}, which cannot open it. Nothing was ` +
        `changed. Dump the data with a Reeve that brings ${theirs} (reeve dump) and restore it into an empty folder with this one, or ` +
        `set DATABASE_URL to a PostgreSQL ${theirs} server on that folder.`,
    )
  }
  return found
}

/**
 * Creates the cluster if there is none. Returns the passwords, and whether the superuser does not have its new password yet (`lost`: a file
 * was lost, or an earlier version gave both roles the same password; call resetPasswords()). initdb works in a folder beside the cluster,
 * which one rename makes the cluster: a start that is killed leaves only a draft, which the next one removes. The caller holds the lock of
 * `home`, and no server runs.
 */
export async function openCluster(
  programs: Programs,
  home: string,
  found: Stats | undefined,
): Promise<{ passwords: Passwords; lost: boolean }> {
  for (const name of readdirSync(home)) {
    // An initdb whose Reeve was killed may still be writing there. What cannot be deleted now is deleted at the next start.
    if (name.startsWith(DRAFT)) rmSync(join(home, name), { recursive: true, force: true, maxRetries: 3 })
  }
  const known = { postgres: knownPassword(home, 'postgres'), reeve: knownPassword(home, 'reeve') }
  const lost = known.postgres === undefined || known.reeve === undefined
  const passwords = lost ? { postgres: newPassword(), reeve: newPassword() } : (known as Passwords)
  if (found === undefined) {
    if (lost) writePasswords(home, passwords)
    await makeCluster(programs, home, passwords.postgres)
    return { passwords, lost: false }
  }
  // PostgreSQL rejects a folder that root restored, or that has wider modes.
  if (found.uid === 0 && programs.account !== undefined) giveTo(clusterOf(home), programs.account)
  closeToOthers(clusterOf(home))
  return { passwords, lost }
}

async function makeCluster(programs: Programs, home: string, password: string): Promise<void> {
  // The built-in provider sorts and folds the same on every machine. It does not cover LC_CTYPE, by which pg_trgm recognizes letters: in
  // the C locale only ASCII ones.
  const letters = { linux: ['--lc-ctype=C.UTF-8'], darwin: ['--lc-ctype=en_US.UTF-8'] }[process.platform as string] ?? []
  const draft = newDraft(home)
  mkdirSync(draft, { mode: 0o700 })
  try {
    writeFileSync(join(draft, 'password'), password, { mode: 0o600 })
    if (programs.account !== undefined) giveTo(draft, programs.account)
    await runProgram(programs, 'initdb', draft, (folder) => [
      `--pgdata=${folder}/data`,
      `--pwfile=${folder}/password`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...letters,
      // One sync of the file system instead of one for each of a thousand files.
      ...(process.platform === 'linux' ? ['--sync-method=syncfs'] : []),
      '--no-instructions',
    ])
    renameSync(join(draft, 'data'), clusterOf(home))
    syncFolder(home)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Gives the superuser a new password in PostgreSQL's single-user mode, which asks for none. No server may run. */
export async function resetPasswords(programs: Programs, home: string, passwords: Passwords): Promise<void> {
  // Keeps PostgreSQL from printing a failed statement, and the password with it.
  await runProgram(
    programs,
    'postgres',
    clusterOf(home),
    (folder) => ['--single', '-D', folder, '-c', 'log_min_error_statement=panic', 'postgres'],
    `ALTER ROLE postgres PASSWORD '${passwords.postgres}';\n`,
  )
  writePasswords(home, passwords)
}

/**
 * Creates the role `reeve` and its database if they are missing, because the first start may have been killed before or between the two.
 * Sets the role's password to that of its file.
 */
export async function prepareDatabase(admin: Login, app: Login): Promise<void> {
  const sql = openPool(admin, { max: 1, name: 'reeve start' })
  try {
    const [there] = await sql`SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ${app.user}) AS role,
      EXISTS (SELECT FROM pg_database WHERE datname = ${app.database}) AS database`
    // The password is hexadecimal, and DDL takes no parameters.
    if (there?.role) await sql.unsafe(`ALTER ROLE ${app.user} PASSWORD '${app.password}'`)
    else
      await sql.unsafe(
        `CREATE ROLE ${app.user} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '${app.password}'`,
      )
    if (!there?.database) await sql.unsafe(`CREATE DATABASE ${app.database} OWNER ${app.user}`)
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error
    throw new StartupError(
      'The file postgres.password in the data folder does not fit the cluster: restore it, or delete it and start again, then ' +
        'Reeve makes a new one.',
      { cause: error },
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const newPassword = () => randomBytes(24).toString('hex')
export const passwordFile = (home: string, role: keyof Passwords) => join(home, `${role}.password`)

/** Writes the password of `reeve` last: while it is missing, the next start repeats the steps before it. */
function writePasswords(home: string, { postgres, reeve }: Passwords): void {
  writePrivate(passwordFile(home, 'postgres'), `${postgres}\n`)
  writePrivate(passwordFile(home, 'reeve'), `${reeve}\n`)
}

export function giveTo(path: string, account: { uid: number; gid: number }): void {
  chownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
    lchownSync(join(entry.parentPath, entry.name), account.uid, account.gid)
}

/** Returns the password of a role that the data folder holds. */
export const knownPassword = (home: string, role: keyof Passwords) => readIfThere(passwordFile(home, role))?.trim()
