/** The life of an account: requested to be deleted, deleted, restored; a table, and what each step does. */

import { lockUser, refreshClient } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { companyTaken, orRefuse } from '../../../http/constraints.ts'
import type { CodeOf } from '../../../http/error-codes.ts'
import { type ApiError, errors } from '../../../http/errors.ts'
import type { Caller } from '../../../lib/caller.ts'
import type { Cipher } from '../../../lib/encryption.ts'
import { mailLink, queueMail } from '../../../mail/outbox.ts'
import { findAddressee, toldAddresses } from '../../../mail/recipients.ts'
import { type AccountRecord, findAccount } from '../clients.queries.ts'
import { lockedAccount } from '../clients.rules.ts'
import { followServices } from '../status/status.rules.ts'
import { endDeletionLinks, type Life, setLife } from './lifecycle.queries.ts'

export type Step = 'request' | 'withdraw' | 'delete' | 'restore'

/**
 * Where each step leads; what is not here is refused. While live the status is what the services say (services.rules.ts), while ending
 * `paused`; deletion keeps the status that there was.
 */
export const lives: Readonly<Record<Life, Readonly<Partial<Record<Step, Life>>>>> = {
  live: { request: 'ending', delete: 'deleted' },
  ending: { withdraw: 'live', delete: 'deleted' },
  deleted: { restore: 'live' },
}

export const lifeOf = ({ deleted, deletionRequested }: Pick<AccountRecord, 'deleted' | 'deletionRequested'>): Life =>
  deleted ? 'deleted' : deletionRequested ? 'ending' : 'live'

const not = (text: string, code: CodeOf<400>) => errors.invalid({ errors: [text] }, code)
const refusals: Readonly<Record<Step, (life: Life) => ApiError>> = {
  request: () => not('Deletion of the account has already been requested.', 'deletion_requested'),
  withdraw: (life) =>
    life === 'deleted'
      ? not('The account was deleted.', 'object_deleted')
      : not('Deletion of the account has not been requested.', 'deletion_not_requested'),
  delete: () => errors.notFound(),
  restore: () => not('The account is not deleted.', 'not_deleted'),
}

/**
 * Its people stay as they are, so that restoring gives back everything: meanwhile the view `callers` has them in their other accounts alone,
 * and with it their sessions and API tokens stop at once. The account is locked, so of two steps at once the second begins where the first
 * ended. Its company is free for others, and clients_company_is_unique decides who has it. A request that awaits its confirmation by mail ends
 * with any step, and can be withdrawn.
 * @throws as lockedAccount; 403 for the account of a reseller itself; 404 for the deletion of a deleted one, 400 for every other step that
 * does not lead anywhere, and for restoring where another account has the company now
 */
export async function takeStep(db: ScopedSql, caller: Pick<Caller, 'kind' | 'email'>, id: number, step: Step): Promise<void> {
  const account = await lockedAccount(db, caller, id)
  assertOfClient(account)
  const awaited = await endDeletionLinks(db, id)
  const next = lives[lifeOf(account)][step]
  if (!next && awaited && step === 'withdraw') return
  if (!next) throw refusals[step](lifeOf(account))

  await orRefuse(setLife(db, id, next), companyTaken('companyName'))
  if (next !== 'deleted') await followServices(db, { ...account, deletionRequested: next === 'ending' })
  if (next === 'ending') await tellReseller(db, caller, account)
  await refreshClient(db, id)
}

function assertOfClient({ client_type }: AccountRecord) {
  if (client_type === 'reseller') throw errors.forbidden("A reseller's own account cannot be deleted.", 'technical_account')
}

async function tellReseller(db: ScopedSql, caller: Pick<Caller, 'email'>, { id, reseller_id, company_name }: AccountRecord) {
  const details = { company: company_name, account: id, requested_by: caller.email }
  for (const to of await toldAddresses(db, reseller_id, 'deletion_request'))
    await queueMail(db, { reseller_id, client_id: id, user_id: null, ...to, template: 'deletion_request', details })
}

/** @throws 404 for an account out of sight, 403 for one that the caller does not work in and for a reseller's own, 400 where its deletion was requested already */
export async function assertRequestable(db: ScopedSql, caller: Caller, id: number): Promise<void> {
  const account = await findAccount(db, id)
  if (!account) throw errors.notFound()
  if (id !== caller.clientId) throw errors.forbidden()
  assertOfClient(account)
  if (!lives[lifeOf(account)].request) throw refusals.request(lifeOf(account))
}

/**
 * Mails the caller a link that makes the request, for it has nothing else to prove itself with. The user stays locked, so that its address does
 * not change meanwhile, and with it the account.
 * @throws as assertRequestable, and 429 where the mailbox got too many of these
 */
export async function mailDeletionLink(db: ScopedSql, cipher: Cipher, caller: Caller, id: number): Promise<void> {
  await lockUser(db, caller.userId)
  await assertRequestable(db, caller, id)
  const [account, user] = await Promise.all([findAccount(db, id), findAddressee(db, caller.email)])
  if (!account || user?.id !== caller.userId) throw errors.notFound() // has another address by now
  const { reseller_id, email: recipient, lang, name } = user
  const details = { name, company: account.company_name, account: id }
  await mailLink(db, cipher, { user_id: user.id, reseller_id, client_id: id, recipient, lang, template: 'account_deletion', details })
}
