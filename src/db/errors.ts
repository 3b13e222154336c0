/** What errors of the database say, by SQLSTATE. The driver's own errors get one as well. */
import pg from 'pg'

/** A connection could not be made, or was lost. */
export const UNREACHABLE = '08001'
export const LOST = '08006'
/** The transaction has failed before. */
export const ABORTED = '25P02'

export class ConnectionError extends Error {
  readonly code: string
  constructor(code: string, cause: Error) {
    super(cause.message, { cause })
    this.code = code
  }
}

export interface DatabaseError extends Error {
  code: string
  constraint_name?: string
}

/** @param otherwise the SQLSTATE of what the driver says about connections */
export function errorOf(error: Error, otherwise = LOST): Error {
  if (error instanceof pg.DatabaseError) return Object.assign(error, { constraint_name: error.constraint })
  // The driver speaks of connections by plain errors without a code; those of the system have one, and mistakes of ours are of other classes.
  return 'code' in error || error.constructor !== Error ? error : new ConnectionError(otherwise, error)
}

/** The connection is gone, or no good any more. */
export const isLost = (error: unknown) => !(error instanceof pg.DatabaseError) || /^(08|57P0)/.test(error.code ?? '')
