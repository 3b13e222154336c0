/** All jobs, and how often each runs. */

import { applyChangeSets } from './change-sets.ts'
import { makeDueEmailChanges } from './email-changes.ts'
import { notifyFailedLogins } from './failed-logins.ts'
import { notifyEndingCertificates, readProviderMetadata } from './identity-providers.ts'
import type { Job, JobDeps } from './job.ts'
import { notifyExpiringPasswords } from './passwords.ts'
import { deleteExpired } from './retention.ts'
import { notifyUpcomingEnds, processDueTransitions } from './services.ts'
import { notifyExpiringTokens } from './tokens.ts'
import { keepUp } from './upkeep.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

/** Runs within ten minutes of each full hour. */
async function tellOfFailedLogins({ system }: JobDeps, at: Date) {
  await notifyFailedLogins(system, at)
}

export const jobs: readonly Job[] = [
  { name: 'services-over', every: MINUTE, run: processDueTransitions },
  { name: 'services-ending', every: 10 * MINUTE, run: notifyUpcomingEnds },
  { name: 'tokens-expiring', every: 10 * MINUTE, run: notifyExpiringTokens },
  { name: 'failed-logins', every: 10 * MINUTE, run: tellOfFailedLogins },
  { name: 'email-changes', every: MINUTE, run: makeDueEmailChanges },
  { name: 'passwords-ending', every: HOUR, run: notifyExpiringPasswords },
  { name: 'certificates-ending', every: HOUR, run: notifyEndingCertificates },
  { name: 'provider-metadata', every: HOUR, run: readProviderMetadata },
  { name: 'change-sets', every: 2, run: applyChangeSets },
  { name: 'retention', every: HOUR, run: deleteExpired },
  { name: 'upkeep', every: 5, run: keepUp },
]
