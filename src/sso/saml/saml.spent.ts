/** Assertions that were used. */
import type { SystemSql } from '../../db/scope.ts'
import { spend } from '../spent.ts'
import type { Spend } from './saml.ts'

export const createSpend =
  (sql: SystemSql): Spend =>
  (providerId, id, until) =>
    spend(sql, providerId, id, until)
