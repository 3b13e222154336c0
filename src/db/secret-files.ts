/** Where the secrets of this installation are: in the settings, else in key files of the data folder. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { closeToOthers, createPrivate, makePrivateFolder } from '../lib/private-files.ts'
import { readIfThere } from '../lib/read-if-there.ts'
import { StartupError } from '../lib/startup-error.ts'

export interface SecretSettings {
  secret: string | undefined
  /** Replaces `secret`, or was replaced by it (cli/rotate-secret.ts). */
  secretSecond?: string | undefined
  data: string
}

const SHORTEST = 32
export const keyFile = (data: string) => join(data, 'secret.key')
export const secondKeyFile = (data: string) => join(data, 'secret-second.key')

/**
 * Returns the secret, and the second one if there is one.
 * @param warn receives a warning if others could read a key file
 */
export function readSecrets({ secret, secretSecond, data }: SecretSettings, warn: (line: string) => void = () => {}) {
  return { first: secret ?? readKeyFile(keyFile(data), warn), second: secretSecond ?? readKeyFile(secondKeyFile(data), warn) }
}

function readKeyFile(path: string, warn: (line: string) => void): string | undefined {
  try {
    const text = readIfThere(path)
    if (text === undefined) return undefined
    if (closeToOthers(path)) warn(`Other accounts could read ${path}, and no longer can. If one did, whatever it encrypts is known.`)
    if (text.trim().length < SHORTEST)
      throw new StartupError(
        path.endsWith('secret-second.key')
          ? `${path} is damaged: it takes at least ${SHORTEST} characters.`
          : `${path} is damaged: restore it, or set REEVE_SECRET. Without it the signing keys cannot be opened.`,
      )
    return text.trim()
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

export function createKeyFile(data: string): string {
  const path = keyFile(data)
  try {
    makePrivateFolder(data)
    createPrivate(path, randomBytes(32).toString('hex'))
  } catch (error) {
    throw new StartupError(`${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
  return readIfThere(path)?.trim() ?? ''
}
