/** The lifecycle of an account: deletion requested, deleted, restored. A table of the steps, and what each step does. */

import { lockUser, refreshClients } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { companyTaken, mapConstraint } from '../../../http/constraints.ts'
import type { CodeOf } from '../../../http/error-codes.ts'
import { type ApiError, errors } from '../../../http/errors.ts'
import type { Caller } from '../../../lib/caller.ts'
import type { Cipher } from '../../../lib/encryption.ts'
import { mailLink, queueMail } from '../../../mail/outbox.ts'
import { findAddressee, recipientsOf } from '../../../mail/recipients.ts'
import { type AccountRecord, findAccount } from '../clients.queries.ts'
import { lockedAccount, type Refused, throwFor } from '../clients.rules.ts'
import { followServices } from '../status/status.rules.ts'
import { endDeletionLinks, type Life, setLife } from './lifecycle.queries.ts'

export type Step = 'request' | 'withdraw' | 'delete' | 'restore'

/**
 * Where each step leads; any other step is an error. The status of a live account follows from its services (services.rules.ts), that of an
 * ending one is `paused`, and a deleted one keeps the status it had.
 */
export const lifecycleTransitions: Readonly<Record<Life, Readonly<Partial<Record<Step, Life>>>>> = {
  live: { request: 'ending', delete: 'deleted' },
  ending: { withdraw: 'live', delete: 'deleted' },
  deleted: { restore: 'live' },
}

export const lifecycleStateOf = ({ deleted, deletionRequested }: Pick<AccountRecord, 'deleted' | 'deletionRequested'>): Life =>
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
 * Takes a step with an account under its lock, so that the second of two concurrent steps starts where the first ended.
 * @throws as lockedAccount and takeStep
 */
export async function applyStep(db: ScopedSql, caller: Pick<Caller, 'kind' | 'email'>, id: number, step: Step): Promise<void> {
  const { changed, refused } = await takeStep(db, caller, [await lockedAccount(db, caller, id)], step)
  throwFor(refused, id)
  await refreshClients(db, changed)
}

/**
 * Takes a step with locked accounts. Refresh those that it returns as changed. A deletion leaves the users as they are, so that a restore
 * brings everything back: the view `callers` has them only in their other accounts, which stops their sessions and API tokens at once. It
 * frees the company for others; clients_company_is_unique decides who has it. Any step ends a request that awaits its confirmation by mail,
 * and such a request can be withdrawn.
 * @returns the accounts that took it, and by id why others did not: 403 for a reseller's own account; 404 for deleting a deleted account;
 * 400 for any other step that leads nowhere
 * @throws 400 for restoring an account whose company another one has now
 */
export async function takeStep(
  db: ScopedSql,
  caller: Pick<Caller, 'email'>,
  accounts: readonly AccountRecord[],
  step: Step,
): Promise<{ changed: number[]; refused: Refused }> {
  const refused: Refused = new Map()
  const ofClients = accounts.filter((account) => {
    const objection = objectionToTechnical(account)
    if (objection) refused.set(account.id, objection)
    return !objection
  })
  const awaited = await endDeletionLinks(
    db,
    ofClients.map(({ id }) => id),
  )
  const byNext = Map.groupBy(ofClients, (account) => lifecycleTransitions[lifecycleStateOf(account)][step])
  for (const account of byNext.get(undefined) ?? [])
    if (step !== 'withdraw' || !awaited.includes(account.id)) refused.set(account.id, refusals[step](lifecycleStateOf(account)))

  const changed: number[] = []
  for (const [next, taking] of byNext) {
    if (!next) continue
    const ids = taking.map(({ id }) => id)
    await mapConstraint(setLife(db, ids, next), companyTaken('companyName'))
    const deletionRequested = next === 'ending'
    if (next !== 'deleted')
      await followServices(
        db,
        taking.map((account) => ({ ...account, deletionRequested })),
      )
    if (deletionRequested) for (const account of taking) await notifyReseller(db, caller, account)
    changed.push(...ids)
  }
  return { changed, refused }
}

const objectionToTechnical = ({ client_type }: AccountRecord): ApiError | undefined =>
  client_type === 'reseller' ? errors.forbidden("A reseller's own account cannot be deleted.", 'technical_account') : undefined

async function notifyReseller(db: ScopedSql, caller: Pick<Caller, 'email'>, { id, reseller_id, company_name }: AccountRecord) {
  const details = { company: company_name, account: id, requested_by: caller.email }
  for (const to of await recipientsOf(db, reseller_id, 'deletion_request'))
    await queueMail(db, { reseller_id, client_id: id, user_id: null, ...to, template: 'deletion_request', details })
}

/** @throws 404 if the account is not visible to the caller; 403 if not its current one, or a reseller's own; 400 if already requested */
export async function assertRequestable(db: ScopedSql, caller: Caller, id: number): Promise<void> {
  const account = await findAccount(db, id)
  if (!account) throw errors.notFound()
  if (id !== caller.clientId) throw errors.forbidden()
  const objection = objectionToTechnical(account)
  if (objection) throw objection
  if (!lifecycleTransitions[lifecycleStateOf(account)].request) throw refusals.request(lifecycleStateOf(account))
}

/**
 * Mails the caller a link that makes the request, because it has no other way to verify its identity. Locks the user, so that neither its
 * address nor the account changes meanwhile.
 * @throws as assertRequestable; 429 if the mailbox has reached its limit
 */
export async function mailDeletionLink(db: ScopedSql, cipher: Cipher, caller: Caller, id: number): Promise<void> {
  await lockUser(db, caller.userId)
  await assertRequestable(db, caller, id)
  const [account, user] = await Promise.all([findAccount(db, id), findAddressee(db, caller.email)])
  if (!account || user?.id !== caller.userId) throw errors.notFound() // its address has changed meanwhile
  const { reseller_id, email: recipient, lang, name } = user
  const details = { name, company: account.company_name, account: id }
  await mailLink(db, cipher, { user_id: user.id, reseller_id, client_id: id, recipient, lang, template: 'account_deletion', details })
}
