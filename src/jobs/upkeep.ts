/** Does the work that writers defer: stores documents that changes made stale, and adds up the rows that count log entries. */
import { setTimeout as delay } from 'node:timers/promises'
import type { JobDeps } from './job.ts'

/** Documents of each kind that one transaction stores. Changes of their accounts wait for it. */
const BATCH = 50
/** How much longer it pauses than it works. While changes come faster than it works, readers build stale documents themselves. */
const REST = 9

export async function keepUp({ system, stopping }: Pick<JobDeps, 'system' | 'stopping'>): Promise<void> {
  while (!stopping?.aborted) {
    const began = performance.now()
    await system`SELECT refresh_user_searches()`
    await system`SELECT fold_entry_counts(), merge_pending_texts()`
    const [row] = await system<{ stored: number }[]>`SELECT store_documents(${BATCH}) AS stored`
    if (!row?.stored) return
    await delay((performance.now() - began) * REST, undefined, { signal: stopping }).catch(() => {})
  }
}
