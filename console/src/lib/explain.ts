/** Says in the reader's language what went wrong and how to go on. */
import { t } from '@lingui/core/macro'
import { ApiError } from '../api/errors.ts'
import { refusalText } from './refusals.ts'

export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t`Something went wrong on this page. Reload it and try again.`
  const { status, message, retryAfter } = error
  const known = refusalText(error.code)
  if (known !== undefined) return known
  if (status === 0) return t`The server cannot be reached. Check your connection and try again.`
  if (status === 401) return t`Your session has ended. Sign in again.`
  if (status === 429) return t`Too many requests. Try again in ${retryAfter ?? 60} seconds.`
  if (status === 503) return t`The server is busy. Try again in ${retryAfter ?? 5} seconds.`
  if (status >= 500) return t`The server failed to answer. Try again; if it goes on, name the request ${error.requestId ?? '–'} to support.`
  if (status === 404) return t`There is no such thing, or you may not see it.`
  return message
}

/**
 * Returns the messages by field that a form shows, each under the first of `names` that ends its path; the rest is for the form itself.
 * Without an error there are none.
 */
export function fieldErrors(error: unknown, names: readonly string[]): { fields: Record<string, string>; rest: string | undefined } {
  if (error === undefined || error === null) return { fields: {}, rest: undefined }
  if (!(error instanceof ApiError) || Object.keys(error.fields).length === 0) return { fields: {}, rest: explain(error) }
  const fields: Record<string, string> = {}
  const rest: string[] = []
  const all = Object.entries(error.fields)
  // The code is that of one field; of several fields it does not say which.
  const known = all.length === 1 ? refusalText(error.code) : undefined
  for (const [path, said] of all) {
    const message = known ?? said
    const name = names.find((one) => path === one || path.endsWith(`.${one}`))
    if (name === undefined) rest.push(message)
    else fields[name] = message
  }
  return { fields, rest: rest.length > 0 ? rest.join(' ') : undefined }
}
