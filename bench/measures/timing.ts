/** What the time of a refused sign-in tells of who exists: nothing, as far as it can be measured. */
import { setTimeout as delay } from 'node:timers/promises'
import { asker } from '../asking.ts'
import { median } from '../samples.ts'
import type { Measure, World } from '../stage.ts'
import type { Row } from '../table.ts'

/** Each pair from other accounts, so that nobody is told to wait: those who failed often are. */
const FEWEST = 15

export const refusedSignIns: Measure = {
  name: 'refused sign-ins',
  async run(world) {
    const people = await world.sql<{ email: string }[]>`
      SELECT email FROM users WHERE deleted_at IS NULL AND is_active AND activated_at IS NOT NULL AND password_hash IS NOT NULL
      ORDER BY id DESC LIMIT ${FEWEST * 2}`
    const taken: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    await world.sql`DELETE FROM failures`
    try {
      await refusal(world, 'warm@nowhere.example')
      for (const [n, { email }] of people.entries()) {
        // In turns, and not always in the same order: what else the machine does meets both alike.
        const known = async () => taken.known.push(await refusal(world, email))
        const unknown = async () => taken.unknown.push(await refusal(world, `${n}@nowhere.example`))
        for (const one of n % 2 ? [known, unknown] : [unknown, known]) await one()
      }
    } finally {
      await world.sql`DELETE FROM failures`
    }
    const [known, unknown] = [median(taken.known), median(taken.unknown)]
    const row: Row = {
      work: 'sign-in refused: unknown email against wrong password',
      figure: unknown,
      unit: 'ms p50',
      ceiling: { figure: known, what: 'wrong password' },
      remark: `${people.length} of each in turns; a ratio of 1 tells nothing of who exists`,
    }
    return [row]
  },
}

async function refusal(world: World, username: string): Promise<number> {
  const ask = asker(world)
  const body = { username, password: 'not the password of anybody' }
  const { status, ms } = await ask('/iam/auth/jwt/login', { method: 'POST', headers: { authorization: '' }, body })
  ask.close()
  if (status !== 400) throw new Error(`A wrong sign-in answered ${status}`)
  await delay(5)
  return ms
}
