/** Explains why a server cannot listen at the configured address. */
import { StartupError } from './startup-error.ts'

interface Place {
  host: string
  port: number
}

/** Turns an error of listening into a message for the operator. Returns other errors unchanged. */
export function listenError(error: unknown, { host, port }: Place): unknown {
  const sentence = {
    EADDRINUSE: `Port ${port} of ${host} is in use, perhaps by another Reeve: set PORT to another one, or to 0 for any free port.`,
    EADDRNOTAVAIL: `HOST is ${host}, which is no address of this machine: set it to one that is, such as 127.0.0.1, or to 0.0.0.0 for all.`,
    ENOTFOUND: `HOST is ${host}, a name that has no address: set it to an address of this machine, such as 127.0.0.1.`,
    EAI_AGAIN: `HOST is ${host}, a name that cannot be looked up now: set it to an address of this machine, such as 127.0.0.1.`,
    EACCES: `This account may not listen on port ${port} of ${host}: set PORT to 1024 or more, and let a proxy answer on the lower one.`,
  }[(error as NodeJS.ErrnoException).code ?? '']
  return sentence === undefined ? error : new StartupError(sentence, { cause: error })
}
