/** The commands about signing keys. */
import { openSeal } from '../lib/seal.ts'
import { addSigningKey } from '../lib/signing-keys.ts'
import { openForCommand } from './open.ts'

export async function rotateKeys(): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    await addSigningKey(database.system, await openSeal(config.secret, config.data), { onlyFirst: false })
    console.log('A new key is shown at /.well-known/jwks.json and signs in five minutes; the old one stays accepted for a day.')
  } finally {
    await close()
  }
}
