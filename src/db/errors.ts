/** Classifies database errors by SQLSTATE. The driver's own errors get one as well. */
import pg from 'pg'

/** A connection could not be made; was lost; was lost during a commit. */
export const UNREACHABLE = '08001'
export const LOST = '08006'
export const UNKNOWN = '08007'
/** The transaction has already failed. */
export const ABORTED = '25P02'
/** A statement was cancelled: it exceeded its timeout. */
export const CANCELLED = '57014'
export const DISK_FULL = '53100'

export class ConnectionError extends Error {
  readonly code: string
  constructor(code: string, cause: Error) {
    super(cause.message, { cause })
    this.code = code
  }
}

/** @param otherwise the SQLSTATE for the driver's connection errors */
export function errorOf(error: Error, otherwise = LOST): Error {
  if (error instanceof pg.DatabaseError) return Object.assign(error, { constraint_name: error.constraint })
  // The driver reports connection errors as plain Errors without a code. System errors have a code, and our bugs are of other classes.
  return 'code' in error || error.constructor !== Error ? error : new ConnectionError(otherwise, error)
}

/** Returns whether the connection is lost or unusable: its server shuts down, starts, or has become a standby. */
export const isLost = (error: unknown) => !(error instanceof pg.DatabaseError) || /^(08|57P0|25006)/.test(error.code ?? '')

export const isTimeout = (error: unknown) => error instanceof Error && (error.cause as Error | undefined)?.message === 'Query read timeout'

/** Returns whether the server refused the login or has no such database, so that a later try would end likewise. */
export const isRefusal = (error: unknown) => /^(28|3D)/.test((error as { code?: string } | undefined)?.code ?? '')

/** Returns whether the database is unavailable for now: missing, unreachable, starting, shutting down, a standby, or out of connections. */
export const isAway = (code: string) =>
  /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|08|57P0|25006|53300)/.test(code)
