/** From the stored document of a client to what one caller gets: what is not the client's own is put in front, what it may not see is cut. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../db/scope.ts'
import type { Caller } from '../../lib/caller.ts'
import { commonProducts } from '../../lib/products.ts'
import { ADMINISTRATORS } from '../../lib/roles.ts'
import type { Client } from './clients.schema.ts'

/**
 * The columns of client_documents, as `d`, that make a document, read raw: what decides on its opening, as one text, and the rest. Personal
 * settings are arrays in PostgreSQL's text form, such as `{CDN,DNS}`.
 */
export const documentColumns = (db: ScopedSql) => db`concat_ws(' ', d.reseller_id, d.personal, d.withheld), d.doc`

/** What a reseller decides for all of its clients. */
interface ResellerFacts {
  domain: string | null
  available: string[]
}

/** Reads those facts once for a list, and answers the function that makes the documents of its rows, in pieces. */
export async function documentsFor(db: ScopedSql, caller: Caller): Promise<(row: readonly Buffer[]) => Buffer[]> {
  const rows = await db<({ id: string } & ResellerFacts)[]>`
    SELECT r.id::text, b.domain, ARRAY(SELECT product::text FROM default_availability d WHERE d.reseller_id = r.id AND available) AS available
    FROM resellers r LEFT JOIN branding b ON b.reseller_id = r.id AND b.deleted_at IS NULL
    WHERE ${caller.kind === 'platform' ? db`true` : db`r.id = ${caller.resellerId}`}`
  const facts = new Map(rows.map((row) => [row.id, row]))
  const openings = new Map<string, Buffer>()
  return ([deciding, doc]) => {
    const key = (deciding as Buffer).toString('latin1')
    let opening = openings.get(key)
    if (!opening) {
      const [reseller = '', personal = '', withheld = ''] = key.split(' ')
      const decided = facts.get(reseller) ?? { domain: null, available: [] }
      opening = Buffer.from(openingOf(caller.userId, decided, items(personal), items(withheld)))
      openings.set(key, opening)
    }
    return caller.kind === 'client' ? [seenBy(caller, Buffer.concat([opening, doc as Buffer]))] : [opening, doc as Buffer]
  }
}

const items = (array: string) => array.slice(1, -1).split(',')

/** A personal setting overrides the reseller's default (DOMAIN, availability). */
function openingOf(userId: number, { domain, available }: ResellerFacts, personal: string[], withheld: string[]): string {
  const capabilities = commonProducts.filter(
    (product) => personal.includes(product) || (available.includes(product) && !withheld.includes(product)),
  )
  const fields = JSON.stringify({ currentUser: userId, entryBaseDomain: domain, capabilities })
  return `${fields.slice(0, -1)},`
}

/** A client user who is not an Administrator of the account it works in sees no other people of it. */
function seenBy(caller: Caller, document: Buffer): Buffer {
  const client: Static<typeof Client> = JSON.parse(document.toString())
  if (client.id === caller.clientId && caller.role.id === ADMINISTRATORS) return document
  client.users = client.users.filter((user) => user.id === caller.userId)
  return Buffer.from(JSON.stringify(client))
}
