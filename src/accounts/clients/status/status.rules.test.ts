/** The account's status as a table of its services' statuses. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceStatus } from '../../../lib/products.ts'
import { accountStatus } from './status.rules.ts'

test('the status of an account follows from its services', () => {
  const status = (...services: ServiceStatus[]) => accountStatus({ emailConfirmed: true, deletionRequested: false, services })
  assert.equal(status('new', 'trial', 'active'), 'active')
  assert.equal(status('deleted', 'trial', 'paused'), 'trial')
  for (const ended of ['trialend', 'paused', 'deleted'] as const) assert.equal(status('new', ended), 'trialend')
  assert.equal(status('new', 'activating'), 'preparation')
  assert.equal(accountStatus({ emailConfirmed: false, deletionRequested: false, services: ['active'] }), 'new')
  assert.equal(accountStatus({ emailConfirmed: true, deletionRequested: true, services: ['active'] }), 'paused')
})
