/** Changes a service: the steps of a transition and its effects on the account. */

import type { Static } from 'typebox'
import { refreshClient } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import { ParameterError, readInstant } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { inUse, type ServiceStatus } from '../../lib/products.ts'
import { type MailTemplate, queueMail } from '../../mail/outbox.ts'
import { isAvailable, shareDefaults } from '../availability/availability.queries.ts'
import type { AccountRecord } from '../clients/clients.queries.ts'
import { accountToChange } from '../clients/clients.rules.ts'
import { followServices } from '../clients/status/status.rules.ts'
import {
  findRecord,
  findServices,
  ownerOf,
  putOptions,
  type ServiceRecord,
  setDays,
  setEnabled,
  setStatus,
  transitionSetting,
} from './services.queries.ts'
import { durations, LONGEST, mails, transitions } from './services.rules.ts'
import type { Service, ServiceChanges, ServiceOption } from './services.schema.ts'

type Option = Static<typeof ServiceOption>

/**
 * Locks the account, so that the second of two concurrent changes to its services sees what the first did, and the account's status follows
 * from both. Shares its reseller's defaults if a product comes into use (availability.rules.ts).
 * @throws as accountToChange; 404 if the account has no such service; 400 if the present status does not lead to the new one, the product
 * is not available to the account, or an option does not match its type
 */
export async function changeService(
  db: ScopedSql,
  caller: Caller,
  clientId: number,
  id: number,
  wanted: Partial<Static<typeof ServiceChanges>>,
) {
  const { enabled, options = [], status_transition_options: ofTransitions = [] } = wanted
  const account = await accountToChange(db, caller, clientId)
  const service = await findRecord(db, clientId, id)
  if (!service) throw errors.notFound()
  const status = wanted.status ?? service.status
  const wrong = { ...objections('options', options), ...objections('status_transition_options', ofTransitions) }
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)

  const own = { service_id: id, client_id: clientId, reseller_id: account.reseller_id }
  await putOptions(db, { ...own, on_transition: false }, options)
  await putOptions(db, { ...own, on_transition: true }, ofTransitions)
  if (enabled !== undefined) await setEnabled(db, id, enabled)
  if (status !== service.status) await transitionTo(db, account, service, status)
  else if (ofTransitions.some(({ name }) => name === durations[status]?.name)) await keepTime(db, account, service)
  await refreshClient(db, clientId)
  return (await findServices(db, clientId, id))[0] as Static<typeof Service>
}

/**
 * Takes a service from one status to another, with the effects: how long the status lasts, the mail to the owner, the account's status (not
 * of a deleted account). Requires the account's lock; refresh its document afterwards. `at` is the time of the transition, by default now.
 * @throws 400 if the present status does not lead to the new one, or the product is not available to the account
 */
export async function transitionTo(db: ScopedSql, account: AccountRecord, service: ServiceRecord, status: ServiceStatus, at?: string) {
  const { id, product, status: before } = service
  if (!transitions[before].includes(status))
    throw errors.invalid(
      { status: [`A service that is ${before} can become ${transitions[before].join(', ')}, but not ${status}.`] },
      'transition_not_allowed',
    )
  if (inUse.includes(status)) {
    const [, available] = await Promise.all([shareDefaults(db, account.reseller_id), isAvailable(db, account.id, product)])
    if (!available) throw errors.invalid({ status: [`${product} is not available to the account.`] }, 'product_not_available')
  }

  const days = await daysIn(db, account, service, status)
  await setStatus(db, id, status, days, at)
  const template = mails[status]
  if (template) await notifyOwner(db, account, template, { product, ...(days !== null && { days }) })
  if (!account.deleted) await followServices(db, account, at)
}

/** Applies changed settings to the present status, counted from when it began. Makes a trial longer or shorter. */
async function keepTime(db: ScopedSql, account: AccountRecord, service: ServiceRecord) {
  const days = await daysIn(db, account, service, service.status)
  if (days !== null) await setDays(db, service.id, days)
}

/** Returns how many days a service stays in a status, null for no limit: its own setting, with the product's value as default. */
async function daysIn(
  db: ScopedSql,
  account: AccountRecord,
  { id, product }: ServiceRecord,
  status: ServiceStatus,
): Promise<number | null> {
  const duration = durations[status]
  if (!duration) return null
  const { usual, ...described } = duration
  const own = { service_id: id, client_id: account.id, reseller_id: account.reseller_id, on_transition: true }
  return Number(await transitionSetting(db, own, { ...described, value: String(usual(product)), value_type: 'int' }))
}

/** Mails the account's owner about a service. Sends nothing if the owner or the account is deleted. */
export async function notifyOwner(
  db: ScopedSql,
  { id, reseller_id, deleted }: Pick<AccountRecord, 'id' | 'reseller_id' | 'deleted'>,
  template: MailTemplate,
  details: Record<string, string | number>,
): Promise<void> {
  const owner = deleted ? undefined : await ownerOf(db, id)
  if (!owner) return
  const { company, ...to } = owner
  await queueMail(db, { reseller_id, client_id: id, ...to, template, details: { company, ...details } })
}

/** Returns the validation errors of a list of options, by index and field. */
function objections(list: string, options: readonly Option[]): FieldErrors {
  const wrong: FieldErrors = {}
  options.forEach((option, place) => {
    const objection = objectionTo(option)
    if (options.findIndex(({ name }) => name === option.name) < place) wrong[place] = { name: ['The list has this name twice.'] }
    else if (objection) wrong[place] = { value: [objection] }
    else if (list === 'status_transition_options' && !isDuration(option))
      wrong[place] = { value: [`An int from 1 to ${LONGEST} is required.`] }
  })
  return Object.keys(wrong).length > 0 ? { [list]: wrong } : {}
}

const isDuration = ({ name, value, value_type }: Option) =>
  !Object.values(durations).some((duration) => duration.name === name) ||
  (value_type === 'int' && Number(value) >= 1 && Number(value) <= LONGEST)

function objectionTo({ value, value_type }: Option): string | undefined {
  switch (value_type) {
    case 'int':
      return /^-?\d{1,18}$/.test(value) ? undefined : 'An integer is required.'
    case 'bool':
      return /^(true|false)$/.test(value) ? undefined : 'Must be true or false.'
    case 'utctimestamp':
      return attempt(() => readInstant(value))
    case 'json':
      return attempt(() => JSON.parse(value))
    case 'str':
      return undefined
  }
}

function attempt(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof ParameterError ? error.message : 'Must be JSON.'
  }
}
