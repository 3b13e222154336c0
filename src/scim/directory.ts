/** The directory that asks, from the caller that its token resolves to (http/authenticate.ts). */
import type { FastifyRequest } from 'fastify'
import type { ScopedSql } from '../db/scope.ts'
import type { Caller } from '../lib/caller.ts'

export interface Directory {
  id: number
  resellerId: number
  /** The account whose directory it is; null for the reseller's own. */
  clientId: number | null
}

export function directoryOf({ caller }: Pick<FastifyRequest, 'caller'>): Directory {
  const { credential, kind, resellerId, clientId } = caller
  if (credential.type !== 'scim') throw new Error('The route is not declared with access.scim.')
  return { id: credential.directoryId, resellerId, clientId: kind === 'client' ? clientId : null }
}

/** A change by a directory: its transaction, and who asks. */
export interface Work {
  db: ScopedSql
  caller: Caller
  directory: Directory
}

/** What a resource shows itself under, such as https://id.vendor.example/scim/v2. */
export const SCIM = '/scim/v2'

/** The columns that name the directory in each of its rows. */
export const owner = ({ id, resellerId, clientId }: Directory) => ({ directory_id: id, reseller_id: resellerId, client_id: clientId })
