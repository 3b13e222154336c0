/** All jobs, and how often each runs. */

import { makeDueEmailChanges } from './email-changes.ts'
import { gatherFailedLogins } from './failed-logins.ts'
import type { Job, JobDeps } from './job.ts'
import { tellOfEndingPasswords } from './passwords.ts'
import { removeOld } from './retention.ts'
import { endWhatIsOver, tellOfEnds } from './services.ts'
import { tellOfExpiringTokens } from './tokens.ts'
import { keepUp } from './upkeep.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

/** Runs within ten minutes of each full hour. */
async function tellOfFailedLogins({ system }: JobDeps, at: Date) {
  await gatherFailedLogins(system, at)
}

export const jobs: readonly Job[] = [
  { name: 'services-over', every: MINUTE, run: endWhatIsOver },
  { name: 'services-ending', every: 10 * MINUTE, run: tellOfEnds },
  { name: 'tokens-expiring', every: 10 * MINUTE, run: tellOfExpiringTokens },
  { name: 'failed-logins', every: 10 * MINUTE, run: tellOfFailedLogins },
  { name: 'email-changes', every: MINUTE, run: makeDueEmailChanges },
  { name: 'passwords-ending', every: HOUR, run: tellOfEndingPasswords },
  { name: 'retention', every: HOUR, run: removeOld },
  { name: 'upkeep', every: 5, run: keepUp },
]
