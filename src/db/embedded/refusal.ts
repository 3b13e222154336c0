/** Turns failures of the embedded server's start into messages for the operator. */
import { StartupError } from '../../lib/startup-error.ts'

/** A PostgreSQL program ended with an error. `output` holds its last lines, which never contain our secrets. */
export class ProgramFailed extends Error {
  readonly output: readonly string[]
  constructor(message: string, output: readonly string[]) {
    super(message)
    this.output = output
  }
}

/** Turns an error while starting in `folder` into a StartupError. Returns errors of unknown kind (our bugs) unchanged. */
export function refusal(folder: string, error: unknown): unknown {
  if (error instanceof StartupError) return error
  if (error instanceof ProgramFailed) {
    const known = sentenceFor(folder, error.output.join('\n'))
    const lastWords = `${error.message} Its last words:\n${error.output.slice(-15).join('\n') || '(none)'}`
    return new StartupError(known === undefined ? lastWords : `${known}\n${lastWords}`, { cause: error })
  }
  if (!(error instanceof Error)) return error
  const { code, path = folder } = error as NodeJS.ErrnoException
  const sentence = code === undefined ? undefined : sentenceFor(path.startsWith(folder) ? folder : path, `${code} ${error.message}`)
  return sentence === undefined ? error : new StartupError(sentence, { cause: error })
}

const FULL = /ENOSPC|EDQUOT|No space left on device|Check free disk space|Disk quota exceeded/

/** Returns whether a full disk made a start fail. */
export const isDiskFull = (error: unknown) =>
  FULL.test(error instanceof ProgramFailed ? error.output.join('\n') : String((error as NodeJS.ErrnoException).code))

/** Matches the system's error codes and PostgreSQL's wording of the same errors (its messages are in English: LC_ALL=C). */
function sentenceFor(path: string, text: string): string | undefined {
  // Docker limits /dev/shm to 64 MB, and PostgreSQL words a full one like a full disk. Tell them apart by the mention of shared memory.
  if (/shared memory.*No space left/i.test(text))
    return `PostgreSQL got too little shared memory: make /dev/shm larger (docker run --shm-size=256m).`
  if (FULL.test(text)) return `The disk that holds ${path} is full: free some space and start again.`
  if (/EROFS|Read-only file system/.test(text))
    return `${path} is on a read-only file system: set REEVE_DATA to a folder that Reeve may write.`
  if (/EACCES|EPERM|Permission denied|Operation not permitted/.test(text))
    return `Reeve, running as ${accountName()}, may not read and write ${path}: give that account the folder, or set REEVE_DATA to another one.`
  if (/ENOTDIR|EEXIST/.test(text))
    return `${path} is, or lies below, a file, and the data folder must be a folder: set REEVE_DATA to another one.`
  return undefined
}

function accountName(): string {
  const uid = process.geteuid?.()
  return uid === undefined ? 'this account' : uid === 0 ? 'root' : `the account with uid ${uid}`
}
