/** What refusals say, for tests to hold answers against: src/http/errors.ts, written out once more. */

import assert from 'node:assert/strict'
import { type ErrorCode, errorCodes } from '../src/http/error-codes.ts'

/** Holds an error against the catalogue of codes: it has one, and that one's status. */
export function assertCode(status: number, headers: Record<string, unknown>, where: string) {
  const code = headers['x-error-code']
  if (status < 400) return assert.equal(code, undefined, `${where}: only errors have a code`)
  assert.ok(typeof code === 'string' && Object.hasOwn(errorCodes, code), `${where}: X-Error-Code is ${code}, which is not in the catalogue`)
  assert.equal(errorCodes[code as ErrorCode][0], status, `${where}: ${code} has another status`)
}

export const notFound = { message: 'Not found.' }
export const forbidden = { message: 'You do not have permission to perform this action.' }
export const invalid = (field: string, ...texts: string[]) => ({ errors: { [field]: texts } })
