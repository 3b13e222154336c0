/** Whatever is asked, by several people at once: every account keeps an Administrator, and a user is in a state that its life leads to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkReadModel } from '../src/db/check.ts'
import { life, stateOf, type UserState } from '../src/people/users/users.life.ts'
import { insertToken, shownBy } from './callers.ts'
import { openWorld } from './harness.ts'
import { runsOr, seed } from './properties.ts'

const t = await openWorld()
const { system } = t.database
const reseller = shownBy(t)('reseller')
const many = runsOr(12)

const PEOPLE = 4
/** `by` and `whom` are places among the people; the reseller blocks, for nobody else may. */
type Step = { does: 'block' | 'unblock' | 'delete' | 'revoke' | 'lower' | 'raise' | 'expire'; by: number; whom: number; account: number }
const place = fc.nat(PEOPLE - 1)
const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('block', 'unblock', 'delete', 'revoke', 'lower', 'raise', 'expire'),
  by: fc.oneof({ weight: 1, arbitrary: fc.constant(-1) }, { weight: 3, arbitrary: place }), // -1: the reseller
  whom: place,
  account: fc.nat(1),
})

let made = 0
/** Two accounts; everybody is an Administrator of both, one is only invited, each with a token in the first that counts as expired later. */
async function people() {
  const n = ++made
  const accounts: number[] = []
  for (const side of ['a', 'b']) {
    const row = { reseller_id: 2, email: `${side}${n}@people.example`, company_name: `People ${side}${n}`, status: 'preparation' }
    const [account] = await system`INSERT INTO clients ${system(row)} RETURNING id`
    accounts.push(account?.id)
  }
  const users: { id: number; authorization: string; tokenId: number }[] = []
  for (let place = 0; place < PEOPLE; place++) {
    const own = { reseller_id: 2, client_id: accounts[0] as number }
    const row = { ...own, email: `p${place}of${n}@people.example`, activated_at: place === PEOPLE - 1 ? null : new Date() }
    const [user] = await system`INSERT INTO users ${system(row)} RETURNING id`
    const id: number = user?.id
    for (const client_id of accounts)
      await system`INSERT INTO client_users ${system({ client_id, user_id: id, reseller_id: 2, role_id: 1 })}`
    const { id: tokenId, token } = await insertToken(t, { ...own, user_id: id, role_id: 1 })
    users.push({ id, authorization: `APIKey ${token}`, tokenId })
  }
  await system`SELECT refresh_clients(${accounts}::bigint[]), refresh_users(${users.map(({ id }) => id)}::bigint[])`
  return { accounts, users }
}
type People = Awaited<ReturnType<typeof people>>

async function ask({ accounts, users }: People, { does, by, whom, account }: Step) {
  const { id, tokenId } = users[whom] as People['users'][number]
  const client = accounts[account]
  const headers = { authorization: users[by]?.authorization ?? reseller.authorization }
  const member = `/iam/clients/${client}/client-users/${id}`
  switch (does) {
    case 'expire':
      await system`UPDATE api_tokens SET exp_date = '2020-01-01' WHERE id = ${tokenId}`
      return
    case 'block':
    case 'unblock':
      return t.ask('PATCH', `/reeve/users/${id}`, { headers, body: { is_active: does === 'unblock' } })
    case 'delete':
      return t.ask('DELETE', `/iam/users/${id}`, { headers })
    case 'revoke':
      return t.ask('DELETE', member, { headers })
    default:
      return t.ask('PUT', member, { headers, body: { user_role: { id: does === 'raise' ? 1 : 2 } } })
  }
}

async function states({ users }: People): Promise<UserState[]> {
  const rows = await system`SELECT deleted_at IS NOT NULL AS deleted, activated_at IS NOT NULL AS activated, is_active AS active
    FROM users WHERE id = ANY (${users.map(({ id }) => id)}) ORDER BY id`
  return rows.map((row) => stateOf(row as unknown as Parameters<typeof stateOf>[0]))
}

/** Where a state may lead by any number of events: several happened at once. */
function reaches(from: UserState, to: UserState, seen = new Set<UserState>()): boolean {
  if (from === to) return true
  seen.add(from)
  return Object.values(life[from]).some((next) => !seen.has(next) && reaches(next, to, seen))
}

/** One sequence that gets every answer, so that none rests on chance. */
const everyAnswer: Step[][] = [
  [{ does: 'lower', by: 0, whom: 1, account: 0 }], // 204
  [{ does: 'revoke', by: -1, whom: 2, account: 1 }], // 200
  [{ does: 'revoke', by: -1, whom: 2, account: 1 }], // 404
  [{ does: 'delete', by: -1, whom: 0, account: 0 }], // 403
  [{ does: 'block', by: -1, whom: 0, account: 0 }], // 200
  [{ does: 'lower', by: 0, whom: 1, account: 0 }], // 401
  [
    { does: 'revoke', by: -1, whom: 1, account: 1 },
    { does: 'revoke', by: -1, whom: 3, account: 1 },
    { does: 'lower', by: -1, whom: 0, account: 1 },
  ],
]
const statuses = new Set<number>()

test('any steps, three at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 }), async (rounds) => {
      const those = await people()
      let before = await states(those)
      for (const round of rounds) {
        const answers = await Promise.all(round.map((one) => ask(those, one)))
        for (const answer of answers) {
          if (!answer) continue
          statuses.add(answer.status)
          assert.ok([200, 204, 400, 401, 403, 404].includes(answer.status), `neither a failure nor a deadlock: ${answer.text}`)
        }
        const now = await states(those)
        for (const [n, state] of now.entries())
          assert.ok(reaches(before[n] as UserState, state), `from ${before[n]} nothing leads to ${state}`)
        before = now
        const kept = await system`SELECT c.id FROM clients c WHERE c.id = ANY (${those.accounts}) AND NOT EXISTS (
          SELECT FROM client_users m JOIN users u ON u.id = m.user_id WHERE m.client_id = c.id AND m.role_id = 1 AND u.deleted_at IS NULL)`
        assert.deepEqual([...kept], [], 'an account is left without an Administrator')
        const astray = await system`SELECT u.id FROM users u WHERE u.id = ANY (${those.users.map(({ id }) => id)})
          AND NOT EXISTS (SELECT FROM client_users m WHERE m.client_id = u.client_id AND m.user_id = u.id)`
        assert.deepEqual([...astray], [], 'somebody began in an account that it is not in')
        const open = await system`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE u.deleted_at IS NOT NULL AND s.revoked_at IS NULL AND u.id = ANY (${those.users.map(({ id }) => id)})`
        assert.deepEqual([...open], [])
      }
    }),
    { numRuns: many, examples: [[everyAnswer]], ...seed },
  )
  for (const status of [200, 204, 401, 403, 404]) assert.ok(statuses.has(status), `no step was answered ${status}: the test is idle`)
  assert.deepEqual(await checkReadModel(system), [])
})
