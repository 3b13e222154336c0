/** The command `rotate-secret`: encrypts the secrets in the database with the second secret, beside running servers. */
import { renameSync } from 'node:fs'
import { keyFile, readSecrets, secondKeyFile } from '../db/secret-files.ts'
import { rotateSecret } from '../db/secret-rotation.ts'
import { createCipher, nameOfSecret } from '../lib/encryption.ts'
import { syncFolder } from '../lib/private-files.ts'
import { StartupError } from '../lib/startup-error.ts'
import { encryptedColumns } from './encrypted-columns.ts'
import { openForCommand } from './open.ts'

export async function replaceSecret(): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    const { first, second } = readSecrets(config, console.error)
    const [ofFirst, ofSecond] = [keyFile(config.data), secondKeyFile(config.data)]
    if (first === undefined) throw new StartupError(`REEVE_SECRET is not set and there is no ${ofFirst}: give the secret that is replaced.`)
    if (second === undefined)
      throw new StartupError(
        `There is no second secret: set REEVE_SECRET_SECOND or make ${ofSecond}, on every server and here, and start the servers again first ` +
          '(docs/operations.md#keys).',
      )
    if (first === second) throw new StartupError('The second secret is the same as the first: it must be a new one.')
    const { changed, unreadable } = await rotateSecret(database.background, {
      old: createCipher(first),
      next: createCipher(second),
      nameOfNext: nameOfSecret(second),
      settings: config,
      columns: encryptedColumns,
      say: console.log,
    })
    for (const [column, count] of unreadable)
      console.error(`Left as they are: values of ${column} that neither secret decrypts (${count}).`)
    console.log(`The database is encrypted with the second secret. Values encrypted anew: ${changed}.`)
    if (config.secret === undefined && config.secretSecond === undefined) {
      renameSync(ofSecond, ofFirst)
      syncFolder(config.data)
      console.log(`${ofSecond} is ${ofFirst} now. Servers with this folder need nothing more; on others replace the file likewise.`)
    } else console.log('Start every server again with it as REEVE_SECRET or secret.key, and without a second one.')
    console.log('Keep the former secret as long as you keep dumps that were made until now.')
  } finally {
    await close()
  }
}
