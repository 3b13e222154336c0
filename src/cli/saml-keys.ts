/** The command `saml-keys`: show the keys of SAML, add one, and retire those before the newest. */
import { X509Certificate } from 'node:crypto'
import { openSecret } from '../db/secret.ts'
import { addSamlKey, liveKeys, retireSamlKeys } from '../sso/saml/saml.keys.ts'
import { openForCommand } from './open.ts'

export async function samlKeys({ add, retire }: { add: boolean; retire: boolean }): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    const { system } = database
    const cipher = await openSecret(system, config, console.error)
    if (add) {
      await addSamlKey(system, cipher, { onlyFirst: false })
      console.log('A new key is in our metadata within a minute. Retire the old one when the identity providers have read it.')
    }
    if (retire) {
      const gone = await retireSamlKeys(system)
      console.log(gone === 0 ? 'There is no older key.' : 'The newest key signs within a minute.')
    }
    for (const [at, { certificate }] of (await liveKeys(system, cipher)).entries()) {
      const { fingerprint256, validTo } = new X509Certificate(certificate)
      console.log(`${fingerprint256}  until ${new Date(validTo).toISOString().slice(0, 10)}  ${at === 0 ? 'signs' : 'next'}`)
    }
  } finally {
    await close()
  }
}
