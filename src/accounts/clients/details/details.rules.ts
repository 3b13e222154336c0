/** Details of an account that staff may set beyond the contract, and their validation. */
import { domainToASCII } from 'node:url'
import type { Static } from 'typebox'
import { refreshClient } from '../../../db/read-model.ts'
import type { ScopedSql } from '../../../db/scope.ts'
import { mapConstraint, type Refusals } from '../../../http/constraints.ts'
import { errors, type FieldErrors } from '../../../http/errors.ts'
import type { Caller } from '../../../lib/caller.ts'
import { countryCodes } from '../../../lib/countries.ts'
import { definedFields } from '../../../lib/defined-fields.ts'
import { accountToChange } from '../clients.rules.ts'
import { type Details, findDetails, replaceHostnames, updateDetails } from './details.queries.ts'
import type { ClientDetailsChanges } from './details.schema.ts'

/**
 * Locks the account. A foreign key decides whether the promo code is the reseller's, and still is.
 * @throws as accountToChange; 400 naming every invalid value
 */
export async function changeDetails(
  db: ScopedSql,
  caller: Caller,
  id: number,
  wanted: Static<typeof ClientDetailsChanges>,
): Promise<Details> {
  const { reseller_id } = await accountToChange(db, caller, id)
  const { secondary_hostnames, ...others } = wanted
  const hostnames = secondary_hostnames?.map(toHostname)
  const wrong = { ...objections(wanted), ...objectionsTo(hostnames ?? []) }
  if (Object.keys(wrong).length > 0) throw errors.invalid(wrong)

  const noSuchCode: Refusals = {
    clients_reseller_id_promocode_fkey: ['invalid_parameter', { promocode: ['The reseller has no such promo code.'] }],
  }
  await mapConstraint(updateDetails(db, id, definedFields(others)), noSuchCode)
  if (hostnames) await replaceHostnames(db, { client_id: id, reseller_id }, hostnames)
  await refreshClient(db, id)
  return (await findDetails(db, id)) as Details
}

function objections({ country_code, website }: Static<typeof ClientDetailsChanges>): FieldErrors {
  const wrong: FieldErrors = {}
  if (country_code != null && !countryCodes.has(country_code))
    wrong.country_code = ['A country of ISO 3166-1 alpha-2 is required, such as DE.']
  if (website && !isWebsite(website)) wrong.website = ['A URL with http or https is required.']
  return wrong
}

function isWebsite(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && !/\s/.test(text)
}

/** Hostnames of at least two labels (RFC 1123, 2.1). */
const hostname = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Returns the stored form, so that one host has one spelling; empty if invalid. */
const toHostname = (text: string) => {
  const ascii = domainToASCII(text)
  return hostname.test(ascii) ? ascii : ''
}

/** Returns the validation errors of hostnames, by index. */
function objectionsTo(hostnames: readonly string[]): FieldErrors {
  const wrong: FieldErrors = {}
  for (const [place, name] of hostnames.entries())
    if (name === '') wrong[place] = ['A hostname is required, such as static.example.com.']
    else if (hostnames.indexOf(name) < place) wrong[place] = ['The list has this hostname twice.']
  return Object.keys(wrong).length > 0 ? { secondary_hostnames: wrong } : {}
}
