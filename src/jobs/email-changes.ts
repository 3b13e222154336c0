/** Applies email changes that staff requested, once the current address has had its time to object and has not. */
import { lockUser, refreshUser } from '../db/read-model.ts'
import { asSystem, type ScopedSql } from '../db/scope.ts'
import { dueChanges, endChange, findDue, recordMade } from '../people/email-changes/email-changes.queries.ts'
import { makeChange } from '../people/email-changes/email-changes.rules.ts'
import { BATCH, type JobDeps } from './job.ts'

type Due = NonNullable<Awaited<ReturnType<typeof findDue>>>
type Finish = (db: ScopedSql, change: Due) => Promise<void>

/**
 * Applies each change in its own transaction, under the same lock as an objection. Whichever comes first takes effect, and the other finds
 * nothing.
 */
export async function makeDueEmailChanges({ system, stopping }: JobDeps, at: Date): Promise<void> {
  for (;;) {
    const due = await dueChanges(system, at, BATCH)
    for (const { id, user_id: userId } of due) {
      if (stopping?.aborted) return
      const inTime = (finish: Finish) => asSystem(system, (db) => finishDue(db, { id, userId, at }, finish))
      await inTime(make).catch((error) => {
        if (error.constraint_name !== 'users_email_is_unique') throw error
        return inTime((db) => endChange(db, userId, 'taken'))
      })
    }
    if (due.length < BATCH) return
  }
}

async function finishDue(db: ScopedSql, { id, userId, at }: { id: number; userId: number; at: Date }, finish: Finish): Promise<void> {
  await lockUser(db, userId)
  const change = await findDue(db, id, at)
  if (change) await finish(db, change)
}

async function make(db: ScopedSql, change: Due): Promise<void> {
  const { user_id: userId, client_id: clientId } = change
  await makeChange(db, undefined, { userId, clientId }, change)
  await recordMade(db, change)
  await refreshUser(db, userId)
}
