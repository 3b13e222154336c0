/** Creates, renames, deletes and restores resellers, for the platform. */
import type { Static } from 'typebox'
import { renameReseller, updateAccount } from '../../accounts/clients/clients.queries.ts'
import { lockClientAndUsers, refreshClientAndUsers } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { companyTaken, emailTaken, mapConstraint, resellerNameTaken } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { mailLink } from '../../mail/outbox.ts'
import { findReseller, insertReseller, setDeleted } from './resellers.queries.ts'
import type { NewReseller, Reseller, ResellerChanges } from './resellers.schema.ts'

type Shown = Static<typeof Reseller>

/**
 * Creates a reseller and mails its first user a link to set a password.
 * @throws 400 if a live user has the email or a reseller has the name (constraints decide between concurrent requests)
 */
export async function createReseller(db: ScopedSql, cipher: Cipher, { name, email }: Static<typeof NewReseller>): Promise<Shown> {
  const writing = insertReseller(db, { name, email, isPlatform: false, passwordHash: null })
  const {
    resellerId: reseller_id,
    clientId: client_id,
    userId: user_id,
  } = await mapConstraint(writing, { ...emailTaken(), ...resellerNameTaken('name') })
  const mail = { reseller_id, client_id, user_id, recipient: email, lang: 'en', template: 'activation' as const }
  await mailLink(db, cipher, { ...mail, details: { name, company: name } })
  return (await findReseller(db, reseller_id)) as Shown
}

/**
 * Changes a reseller. Users of a deleted reseller cannot act, because the view `callers` omits them. Nothing else changes, so restoring it
 * brings everything back. Locks the technical account and its users first, the reseller's row last, as renaming or moving an account does.
 * @throws 404 if there is no such reseller; 403 for deleting the platform itself; 400 for renaming a deleted one, and if an account or a
 * reseller has the name
 */
export async function changeReseller(db: ScopedSql, id: number, { name, deleted }: Static<typeof ResellerChanges>): Promise<Shown> {
  const { technical_client_id: account, is_platform } = await present(db, id)
  if (is_platform && deleted) throw errors.forbidden('The platform itself cannot be deleted.', 'platform_protected')
  await lockClientAndUsers(db, account, [], { toMove: false })
  await db`SELECT FROM resellers WHERE id = ${id} FOR NO KEY UPDATE`
  if ((deleted ?? (await present(db, id)).deleted) && name !== undefined)
    throw errors.invalid({ errors: ['The reseller was deleted.'] }, 'object_deleted')

  if (deleted !== undefined) await setDeleted(db, id, deleted)
  if (name !== undefined) {
    await mapConstraint(updateAccount(db, account, { company_name: name }), companyTaken('name'))
    await mapConstraint(renameReseller(db, id, name), resellerNameTaken('name'))
  }
  await refreshClientAndUsers(db, account)
  return present(db, id)
}

async function present(db: ScopedSql, id: number): Promise<Shown> {
  const reseller = await findReseller(db, id)
  if (!reseller) throw errors.notFound()
  return reseller
}
