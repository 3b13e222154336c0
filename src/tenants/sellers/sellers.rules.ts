/** The lifecycle of a seller: invited by mail, changed, blocked and unblocked, deleted. Its accounts then have no seller. */
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { lockClient, lockUser, refreshUser } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { emailTaken, mapConstraint } from '../../http/constraints.ts'
import { errors } from '../../http/errors.ts'
import type { Caller } from '../../lib/caller.ts'
import { definedFields } from '../../lib/defined-fields.ts'
import type { Cipher } from '../../lib/encryption.ts'
import { mailLink } from '../../mail/outbox.ts'
import { insertMade } from '../../people/email-changes/email-changes.queries.ts'
import { notifySecurityChange } from '../../people/users/users.notices.ts'
import { unblocked } from '../../people/users/users.queries.ts'
import {
  endSessionsAndLinks,
  findSeller,
  insertSeller,
  lockSeller,
  removeSeller,
  type SellerRow,
  technicalAccount,
  updateSeller,
} from './sellers.queries.ts'
import type { NewSeller, SellerChanges } from './sellers.schema.ts'

/**
 * Creates a seller of the caller's reseller and mails it a link to set a password.
 * @throws 400 if a live user has the email (users_email_is_unique decides, so one of two concurrent requests fails)
 */
export async function createSeller(db: ScopedSql, cipher: Cipher, caller: Caller, wanted: Static<typeof NewSeller>): Promise<SellerRow> {
  const { email, full_name: name, phone = null } = wanted
  const accountId = await technicalAccount(db, caller.resellerId)
  await lockClient(db, accountId)
  const row = { reseller_id: caller.resellerId, client_id: accountId, email, name, phone }
  const id = await mapConstraint(insertSeller(db, row), emailTaken())
  const seller = (await findSeller(db, caller, id)) as SellerRow
  await mailActivation(db, cipher, seller)
  await refreshUser(db, id)
  return seller
}

/**
 * Changes a seller. A new email is announced to the old address, and ends the seller's sessions and the links mailed there. A seller
 * without a password is mailed a new link. For any other, the new address counts as set by staff: for a while they cannot mail a sign-in
 * link to it (assertSettled).
 * @throws 404 if the seller is not visible to the caller; 400 if it is deleted or a live user has the email
 */
export async function changeSeller(
  db: ScopedSql,
  cipher: Cipher,
  request: FastifyRequest,
  id: number,
  wanted: Static<typeof SellerChanges>,
) {
  const { caller } = request
  const before = await sellerToChange(db, caller, id)
  const { email, full_name: name, phone } = wanted
  const fields = definedFields({ email, name, phone })
  const moves = email !== undefined && email !== before.email
  if (moves) await notifySecurityChange(db, request, 'email', { userId: id, clientId: before.client_id })
  if (Object.keys(fields).length > 0) await mapConstraint(updateSeller(db, id, fields), emailTaken())
  const seller = (await findSeller(db, caller, id)) as SellerRow
  if (moves) {
    if (seller.activated)
      await insertMade(db, { user_id: id, reseller_id: seller.reseller_id, new_email: seller.email, asked_by: caller.userId })
    await endSessionsAndLinks(db, id)
    if (!seller.activated) await mailActivation(db, cipher, seller)
  }
  await refreshUser(db, id)
  return seller
}

/**
 * Blocks or unblocks a seller. A blocked seller cannot act from the next request on, because the view `callers` omits it. Its sessions end
 * for good. Its API tokens work again once it is unblocked, and it keeps its accounts.
 * @throws as changeSeller
 */
export async function blockSeller(db: ScopedSql, caller: Caller, id: number, isActive: boolean): Promise<SellerRow> {
  await sellerToChange(db, caller, id)
  await updateSeller(db, id, isActive ? unblocked : { is_active: false })
  if (!isActive) await endSessionsAndLinks(db, id)
  await refreshUser(db, id)
  return (await findSeller(db, caller, id)) as SellerRow
}

/**
 * Deletes a seller. lock_seller locks the accounts and the seller in the order of all other changes. Assigning an account to the seller
 * locks the account, then the seller: it either comes first, and the account is released, or later, and finds the seller deleted.
 * @throws 404 if the seller is not visible to the caller or is deleted
 */
export async function deleteSeller(db: ScopedSql, caller: Caller, id: number): Promise<SellerRow> {
  const seller = await lockedSeller(db, caller, id, lockSeller)
  if (seller.deleted) throw errors.notFound()
  await removeSeller(db, id)
  await endSessionsAndLinks(db, id)
  await refreshUser(db, id)
  return seller
}

async function sellerToChange(db: ScopedSql, caller: Caller, id: number): Promise<SellerRow> {
  const seller = await lockedSeller(db, caller, id, lockUser)
  if (seller.deleted) throw errors.invalid({ errors: ['The seller was deleted.'] }, 'object_deleted')
  return seller
}

async function lockedSeller(db: ScopedSql, caller: Caller, id: number, lock: (db: ScopedSql, id: number) => Promise<void>) {
  if (!(await findSeller(db, caller, id))) throw errors.notFound()
  const [, seller] = await Promise.all([lock(db, id), findSeller(db, caller, id)])
  if (!seller) throw errors.notFound()
  return seller
}

const mailActivation = (db: ScopedSql, cipher: Cipher, { id, reseller_id, client_id, email, lang, full_name, company }: SellerRow) =>
  mailLink(db, cipher, {
    reseller_id,
    client_id,
    user_id: id,
    recipient: email,
    lang,
    template: 'activation',
    details: { name: full_name, company },
  })
