/** The server's own tables, so that the console cannot say otherwise. They import nothing but types. */
export { durations, LONGEST, mails, transitions } from '../../../../../src/accounts/services/services.rules.ts'
export { inUse } from '../../../../../src/lib/products.ts'
