/** Changes a service: the steps of a transition and its effects on the account. */

import type { Static } from 'typebox'
import { refreshClient } from '../../db/read-model.ts'
import type { ScopedSql } from '../../db/scope.ts'
import { errors, type FieldErrors } from '../../http/errors.ts'
import { ParameterError, readInstant } from '../../http/parameters.ts'
import type { Caller } from '../../lib/caller.ts'
import { inUse, type Product, type ServiceStatus } from '../../lib/products.ts'
import { type MailTemplate, queueMails } from '../../mail/outbox.ts'
import { availableServices, shareDefaults } from '../availability/availability.queries.ts'
import type { AccountRecord } from '../clients/clients.queries.ts'
import { accountToChange, type Refused, throwFor } from '../clients/clients.rules.ts'
import { followServices } from '../clients/status/status.rules.ts'
import {
  findRecord,
  findRecords,
  findServices,
  ownersOf,
  putOptions,
  type ServiceRecord,
  setDays,
  setEnabled,
  setStatus,
  transitionSettings,
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
  else if (ofTransitions.some(({ name }) => name === durations[status]?.name)) await keepTime(db, { account, service })
  await refreshClient(db, clientId)
  return (await findServices(db, clientId, id))[0] as Static<typeof Service>
}

/** As transitionsTo, for one service. @throws what that returns as refused */
export async function transitionTo(db: ScopedSql, account: AccountRecord, service: ServiceRecord, status: ServiceStatus, at?: string) {
  throwFor(await transitionsTo(db, [{ account, service }], status, at), account.id)
}

/**
 * Takes a service of each account from its status to another, with the effects: how long the status lasts, the mail to the owner, the
 * account's status (not of a deleted account). Requires the accounts' locks; refresh their documents afterwards. `at` is the time of the
 * transition, by default now.
 * @returns by account the 400 if the present status does not lead to the new one, or the product is not available to the account
 */
export async function transitionsTo(db: ScopedSql, wanted: readonly Transition[], status: ServiceStatus, at?: string): Promise<Refused> {
  const refused: Refused = new Map()
  let moving = wanted.filter(({ account, service: { status: before } }) => {
    const allowed = transitions[before].includes(status)
    if (!allowed) refused.set(account.id, notAllowed(before, status))
    return allowed
  })
  if (inUse.includes(status)) {
    for (const reseller of new Set(moving.map(({ account }) => account.reseller_id))) await shareDefaults(db, reseller)
    const available = new Set(await availableServices(db, idsOf(moving)))
    moving = moving.filter(({ account, service: { id, product } }) => {
      if (!available.has(id)) refused.set(account.id, notAvailable(product))
      return available.has(id)
    })
  }
  if (moving.length === 0) return refused

  const days = await daysIn(db, moving, status)
  const daysOf = ({ service: { id } }: Transition) => days?.get(id) ?? null
  await setStatus(
    db,
    moving.map((one) => ({ id: one.service.id, days: daysOf(one) })),
    status,
    at,
  )
  const template = mails[status]
  if (template)
    await notifyOwners(
      db,
      moving.map((one) => ({ account: one.account, details: { product: one.service.product, ...(days && { days: daysOf(one) ?? 0 }) } })),
      template,
    )
  await followServices(
    db,
    moving.map(({ account }) => account).filter(({ deleted }) => !deleted),
    at,
  )
  return refused
}

/**
 * Takes the services of locked accounts for one product to a status, where they do not have it yet. Refresh those that it returns as changed.
 * @returns also, by account, what transitionsTo refuses, and 404 for those without such a service
 */
export async function moveServices(db: ScopedSql, accounts: readonly AccountRecord[], product: Product, status: ServiceStatus) {
  const refused: Refused = new Map(accounts.map(({ id }) => [id, errors.notFound()]))
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const moving: Transition[] = []
  for (const service of await findRecords(db, [...byId.keys()], product)) {
    refused.delete(service.client_id)
    const account = byId.get(service.client_id)
    if (account && service.status !== status) moving.push({ account, service })
  }
  for (const [id, refusal] of await transitionsTo(db, moving, status)) refused.set(id, refusal)
  return { changed: moving.map(({ account }) => account.id).filter((id) => !refused.has(id)), refused }
}

export interface Transition {
  account: AccountRecord
  service: ServiceRecord
}

const idsOf = (moving: readonly Transition[]) => moving.map(({ service }) => service.id)

const notAllowed = (before: ServiceStatus, status: ServiceStatus) =>
  errors.invalid(
    { status: [`A service that is ${before} can become ${transitions[before].join(', ')}, but not ${status}.`] },
    'transition_not_allowed',
  )
const notAvailable = (product: Product) =>
  errors.invalid({ status: [`${product} is not available to the account.`] }, 'product_not_available')

/** Applies changed settings to the present status, counted from when it began. Makes a trial longer or shorter. */
async function keepTime(db: ScopedSql, transition: Transition) {
  const { id, status } = transition.service
  const days = (await daysIn(db, [transition], status))?.get(id)
  if (days !== undefined) await setDays(db, id, days)
}

/** Returns how many days services stay in a status, undefined for no limit: their own setting, with the product's value as default. */
async function daysIn(db: ScopedSql, moving: readonly Transition[], status: ServiceStatus): Promise<Map<number, number> | undefined> {
  const duration = durations[status]
  if (!duration) return undefined
  const { usual, ...described } = duration
  const services = moving.map(({ service: { id, product } }) => ({ id, usual: String(usual(product)) }))
  const values = await transitionSettings(db, services, { ...described, value_type: 'int' })
  return new Map([...values].map(([id, value]) => [id, Number(value)]))
}

export interface Notice {
  account: Pick<AccountRecord, 'id' | 'reseller_id' | 'deleted'>
  details: Record<string, string | number>
}

/** Mails the owners of these accounts, each of which is there once, about a service. Sends nothing if the owner or the account is deleted. */
export async function notifyOwners(db: ScopedSql, notices: readonly Notice[], template: MailTemplate): Promise<void> {
  const live = new Map(notices.filter(({ account }) => !account.deleted).map((notice) => [notice.account.id, notice]))
  if (live.size === 0) return
  const mails = (await ownersOf(db, [...live.keys()])).map(({ company, ...to }) => {
    const { account, details } = live.get(to.client_id) as Notice
    return { reseller_id: account.reseller_id, ...to, template, details: { company, ...details } }
  })
  await queueMails(db, mails)
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
