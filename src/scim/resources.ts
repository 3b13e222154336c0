/** What the routes of users and groups share: the page of a list, and a change with its entry in the activity. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Scope } from '../db/scope.ts'
import { change } from '../http/activity.ts'
import { id as readId } from '../http/parameters.ts'
import { directoryOf, type Work } from './directory.ts'

export interface ResourceHandles {
  scope: Scope
  base: string
}

export const idOf = (what: string) => Type.Object({ id: readId(what) })

const text = (description: string) => Type.Optional(Type.String({ description }))

export const projectionParameters = {
  attributes: text('Attributes to answer, separated by commas.'),
  excludedAttributes: text('Attributes to leave out.'),
}

export const listParameters = {
  filter: text('A SCIM filter, such as `userName eq "ada@lovelace-media.example"`.'),
  startIndex: text('From 1.'),
  count: text('At most 1,000; 100 by default.'),
  ...projectionParameters,
}

export interface Listing {
  filter?: string
  startIndex?: unknown
  count?: unknown
  attributes?: string
  excludedAttributes?: string
}

const MOST = 1000
const USUAL = 100

/** What is no number counts as left out (RFC 7644, 3.4.2.4). */
export function pageOf({ startIndex, count }: Listing) {
  const number = (value: unknown, usual: number) => (/^-?\d{1,9}$/.test(String(value)) ? Number(value) : usual)
  const first = Math.max(1, number(startIndex, 1))
  return { first, offset: first - 1, limit: Math.min(MOST, Math.max(0, number(count, USUAL))) }
}

/** Runs `fn` in one transaction with its entry in the activity: of the account, or of accounts of the reseller. */
export function work<T>(scope: Scope, request: FastifyRequest, reply: FastifyReply, fn: (work: Work) => Promise<T>): Promise<T> {
  const directory = directoryOf(request)
  const affected = directory.clientId ?? { client: null, reseller: directory.resellerId }
  return change(scope, request, reply, affected, (db) => fn({ db, caller: request.caller, directory }))
}

/** A search by POST (RFC 7644, 3.4.3) takes lists where a query has texts. */
export function searchOf(body: Record<string, unknown>): Listing {
  const joined = (value: unknown) => (Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : '')
  const { filter, startIndex, count, attributes, excludedAttributes } = body
  return {
    ...(typeof filter === 'string' && { filter }),
    startIndex,
    count,
    attributes: joined(attributes),
    excludedAttributes: joined(excludedAttributes),
  }
}
