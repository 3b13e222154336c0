/** A directory of ten thousand people: each looked for and created, as Entra and Okta do, and as many by Bulk. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { hashSecret } from '../../src/lib/secrets.ts'
import { type Asker, asker } from '../asking.ts'
import { median, quantile } from '../samples.ts'
import type { Measure, World } from '../stage.ts'
import { atMost, type Row } from '../table.ts'

/** As many as a large company has, and enough to see that it works. */
const [MANY, SOME] = [10_000, 100]
const BULK = 1000
/** Requests that a directory has under way at once. */
const AT_ONCE = 4

export const directorySync: Measure = {
  name: 'directory sync',
  async run(world, { full }) {
    const people = full ? MANY : SOME
    const [single, bulk] = [await newDirectory(world), await newDirectory(world)]
    const taken: number[] = []
    const began = performance.now()
    let next = 0
    const worker = async () => {
      const ask = single.asker()
      while (next < people) {
        const person = personOf(next++, single.domain)
        const from = performance.now()
        const filter = encodeURIComponent(`userName eq "${person.userName}"`)
        await done(200, ask(`/scim/v2/Users?filter=${filter}`))
        await done(201, ask('/scim/v2/Users', { method: 'POST', body: person }))
        taken.push(performance.now() - from)
      }
      ask.close()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const seconds = (performance.now() - began) / 1000

    const ask = bulk.asker()
    const bulkBegan = performance.now()
    for (let first = 0; first < people; first += BULK) {
      const Operations = Array.from({ length: Math.min(BULK, people) }, (_, n) => ({
        method: 'POST',
        path: '/Users',
        data: personOf(first + n, bulk.domain),
      }))
      const body = JSON.parse((await done(200, ask('/scim/v2/Bulk', { method: 'POST', body: { Operations } }))).toString())
      const failed = body.Operations.find(({ status }: { status: string }) => status !== '201')
      if (failed) throw new Error(`Bulk answered ${JSON.stringify(failed)}`)
    }
    const bulkSeconds = (performance.now() - bulkBegan) / 1000
    ask.close()
    for (const { clientId } of [single, bulk]) {
      const [row] = await world.sql<{ count: number }[]>`SELECT count(*) FROM client_users WHERE client_id = ${clientId}`
      if (row?.count !== people) throw new Error(`${row?.count} of ${people} people are in the account`)
    }
    const rows: Row[] = [
      {
        work: `${people.toLocaleString('en')} people looked for and created by SCIM in one account, ${AT_ONCE} at once`,
        goal: atMost((180 * people) / MANY),
        figure: seconds,
        unit: 's',
        remark: `each p50 ${median(taken).toFixed(1)}, p99 ${quantile(taken, 0.99).toFixed(1)} ms`,
      },
      {
        work: `${people.toLocaleString('en')} people created by SCIM Bulk, ${BULK.toLocaleString('en')} a request`,
        goal: atMost((180 * people) / MANY),
        figure: bulkSeconds,
        unit: 's',
      },
    ]
    return rows
  },
}

const personOf = (n: number, domain: string) => ({
  userName: `person${n}@${domain}`,
  externalId: `external-${n}`,
  name: { givenName: 'Ada', familyName: `Lovelace ${n}` },
  displayName: `Ada Lovelace ${n}`,
  active: true,
})

/** @throws for another status */
async function done(status: number, asked: ReturnType<Asker>): Promise<Buffer> {
  const answer = await asked
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.body.toString().slice(0, 300)}`)
  return answer.body
}

/** A new account of the big reseller with a directory, its token and a proven domain, by SQL. */
async function newDirectory({ sql, reseller, url }: World) {
  const domain = `sync-${randomBytes(6).toString('hex')}.example`
  const account = { reseller_id: reseller, email: `a@${domain}`, company_name: domain, status: 'preparation' }
  const [client] = await sql<{ id: number }[]>`INSERT INTO clients ${sql(account)} RETURNING id`
  const own = { reseller_id: reseller, client_id: client?.id }
  await sql`SELECT refresh_clients(ARRAY[${client?.id as number}::bigint])`
  const [directory] = await sql`INSERT INTO scim_directories ${sql(own)} RETURNING id`
  const [provider] = await sql`INSERT INTO identity_providers ${sql({ ...own, kind: 'oidc', name: domain })} RETURNING id`
  const proof = { provider_id: provider?.id, reseller_id: reseller, domain, challenge: 'x', proven_at: new Date(), proven_by: 'dns' }
  await sql`INSERT INTO identity_provider_domains ${sql(proof)}`
  const secret = randomBytes(32).toString('base64url')
  const [token] = await sql`
    INSERT INTO scim_tokens (directory_id, reseller_id, client_id, name, secret_hash, created_by)
    SELECT ${directory?.id}, ${reseller}, ${client?.id as number}, 'Bench', ${hashSecret(secret)}, min(id) FROM users
    WHERE reseller_id = ${reseller} RETURNING id`
  await delay(600) // longer than what is cached
  return {
    domain,
    clientId: client?.id as number,
    asker: () => asker({ url, headers: { authorization: `Bearer scim_${token?.id}_${secret}` } }),
  }
}
