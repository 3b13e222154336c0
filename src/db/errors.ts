/** What errors of the database say, by SQLSTATE. The driver's own errors get one as well. */
import pg from 'pg'

/** A connection could not be made, or was lost; or it was lost while a change was being committed. */
export const UNREACHABLE = '08001'
export const LOST = '08006'
export const UNKNOWN = '08007'
/** The transaction has failed before. */
export const ABORTED = '25P02'
/** A statement took longer than it may. */
export const CANCELLED = '57014'
export const DISK_FULL = '53100'

export class ConnectionError extends Error {
  readonly code: string
  constructor(code: string, cause: Error) {
    super(cause.message, { cause })
    this.code = code
  }
}

/** @param otherwise the SQLSTATE of what the driver says about connections */
export function errorOf(error: Error, otherwise = LOST): Error {
  if (error instanceof pg.DatabaseError) return Object.assign(error, { constraint_name: error.constraint })
  // The driver speaks of connections by plain errors without a code; those of the system have one, and mistakes of ours are of other classes.
  return 'code' in error || error.constructor !== Error ? error : new ConnectionError(otherwise, error)
}

/** The connection is gone or no good any more: its server shuts down, starts, or has become a standby. */
export const isLost = (error: unknown) => !(error instanceof pg.DatabaseError) || /^(08|57P0|25006)/.test(error.code ?? '')

export const isTimeout = (error: unknown) => error instanceof Error && (error.cause as Error | undefined)?.message === 'Query read timeout'

/** The database is away for now: not there, not reached, starting, shutting down, a standby, or without a connection for us. */
export const isAway = (code: string) =>
  /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|08|57P0|25006|53300)/.test(code)
