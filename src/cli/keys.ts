/** The commands `keys` and `rotate-keys`: list, add and remove the keys that sign tokens. */
import { findCipher, openSecret } from '../db/secret.ts'
import { addSigningKey, allKeys, openKey, removeSigningKey } from '../db/signing-keys.ts'
import { openForCommand } from './open.ts'

export async function rotateKeys(): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    await addSigningKey(database.system, await openSecret(database.system, config, console.error), { onlyFirst: false })
    console.log('A new key is published at /.well-known/jwks.json. It signs from five minutes on, and the old key stays valid for a day.')
  } finally {
    await close()
  }
}

/** Prints one line per key. A wrong or missing secret is no error: operators run this when something is wrong. */
export async function listKeys(): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    const cipher = findCipher(config, console.error)
    const lines = (await allKeys(database.system)).map((row) => [
      row.kid,
      row.created_at.toISOString(),
      row.expired ? 'expired' : row.retired_at ? 'retired' : 'active',
      cipher && openKey(cipher, row) ? 'yes' : 'no',
    ])
    for (const [id = '', created = '', state = '', usable] of [['ID', 'CREATED', 'STATE', 'DECRYPTABLE'], ...lines])
      console.log(`${id.padEnd(36)}  ${created.padEnd(24)}  ${state.padEnd(7)}  ${usable}`)
    if (!cipher) console.error(`No secret was found: REEVE_SECRET is not set and ${config.data} holds no secret.key.`)
  } finally {
    await close()
  }
}

export async function removeKey(id: string): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    await removeSigningKey(database.system, await openSecret(database.system, config, console.error), id)
    console.log(`Key ${id} is removed. Within a minute running servers no longer accept tokens signed with it.`)
  } finally {
    await close()
  }
}
