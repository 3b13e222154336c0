/** The command `operator`. It prints credentials, so they go to the terminal only, never to the log. */
import { assertSecret } from '../db/secret.ts'
import { addressesOf, brandOf } from '../mail/brand.ts'
import { linkHours } from '../mail/outbox.ts'
import { linkAddress } from '../mail/render.ts'
import { addOperator, recoverOperator } from '../tenants/operators/operators.rules.ts'
import { openForCommand } from './open.ts'

export async function add(address: string): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    await assertSecret(database.system, config)
    const { userId, email, password } = await addOperator(database.system, address)
    console.log(`Operator ${userId} signs in as ${email} with ${password}`)
  } finally {
    await close()
  }
}

export async function recover(address: string): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    const { token, resellerId } = await recoverOperator(database.system, address)
    const brand = await brandOf(database.system, resellerId, addressesOf(config, `http://${config.host}:${config.port}`))
    console.log(
      `Open this link within ${linkHours.password_reset} hour to choose a new password. It works once.\n${linkAddress(brand, token)}`,
    )
  } finally {
    await close()
  }
}
