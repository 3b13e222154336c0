/** What refusals say, for tests to hold answers against: src/http/errors.ts, written out once more. */

export const notFound = { message: 'Not found.' }
export const forbidden = { message: 'You do not have permission to perform this action.' }
export const invalid = (field: string, ...texts: string[]) => ({ errors: { [field]: texts } })
