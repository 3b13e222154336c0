/** The command `reseller`: creates a tenant and its first user, and prints the user's password once. */
import { assertSecret } from '../db/secret.ts'
import { createReseller } from '../tenants/resellers/resellers.command.ts'
import { openForCommand } from './open.ts'

export async function createTenant(wanted: { name: string; email: string }): Promise<void> {
  const { config, database, close } = await openForCommand()
  try {
    await assertSecret(database.system, config)
    const { resellerId, userId, password } = await createReseller(database.system, { ...wanted, isPlatform: false })
    console.log(`Reseller ${resellerId} (${wanted.name}) is created. User ${userId} signs in as ${wanted.email} with ${password}`)
  } finally {
    await close()
  }
}
