/** Makes a caller's document from a client's stored one: prepends what is not the client's own, removes what the caller may not see. */
import type { Static } from 'typebox'
import type { ScopedSql } from '../../../db/scope.ts'
import type { Caller } from '../../../lib/caller.ts'
import { commonProducts } from '../../../lib/products.ts'
import { ADMINISTRATORS } from '../../../lib/roles.ts'
import type { Client } from '../clients.schema.ts'

/**
 * The columns of client_documents, as `d`, that make a document, read raw: what determines its opening, as one text, and the rest, which is
 * computed if it is stale. Personal settings are arrays in PostgreSQL's text form, such as `{CDN,DNS}`.
 */
export const documentColumns = (db: ScopedSql) =>
  db`concat_ws(' ', d.reseller_id, d.personal, d.withheld), coalesce(d.doc, client_document(d.id))`

/** Settings of a reseller that hold for all of its clients. */
interface Decided {
  domain: string | null
  available: string[]
}
export interface ClientContext {
  /** By reseller, as far as visible to the caller. */
  decided: ReadonlyMap<string, Decided>
  /** Cached openings of documents, one for each combination that occurred. */
  openings: Map<string, Buffer>
}

export async function clientContext(db: ScopedSql, caller: Caller): Promise<ClientContext> {
  const rows = await db<({ id: string } & Decided)[]>`
    SELECT r.id::text, b.domain, ARRAY(SELECT product::text FROM default_availability d WHERE d.reseller_id = r.id AND available) AS available
    FROM resellers r LEFT JOIN branding b ON b.reseller_id = r.id AND b.deleted_at IS NULL
    WHERE ${caller.kind === 'platform' ? db`true` : db`r.id = ${caller.resellerId}`}`
  return { decided: new Map(rows.map((row) => [row.id, row])), openings: new Map() }
}

/** Returns a function that makes the documents of rows, in parts. */
export function clientDocument(caller: Caller, { decided, openings }: ClientContext): (row: readonly Buffer[]) => Buffer[] {
  const seer = Buffer.from(`{"currentUser":${caller.userId},`)
  return ([deciding, doc]) => {
    const key = (deciding as Buffer).toString('latin1')
    let opening = openings.get(key)
    if (!opening) {
      const [reseller = '', personal = '', withheld = ''] = key.split(' ')
      const facts = decided.get(reseller) ?? { domain: null, available: [] }
      opening = Buffer.from(openingOf(facts, items(personal), items(withheld)))
      openings.set(key, opening)
    }
    const parts = [seer, opening, doc as Buffer]
    return caller.kind === 'client' ? [seenBy(caller, Buffer.concat(parts))] : parts
  }
}

const items = (array: string) => array.slice(1, -1).split(',')

/** A personal setting overrides the reseller's default (docs/domain.md, Availability). */
function openingOf({ domain, available }: Decided, personal: string[], withheld: string[]): string {
  const capabilities = commonProducts.filter(
    (product) => personal.includes(product) || (available.includes(product) && !withheld.includes(product)),
  )
  return `${JSON.stringify({ entryBaseDomain: domain, capabilities }).slice(1, -1)},`
}

/** Hides the other users from a client user who is not an Administrator of the account it works in. */
function seenBy(caller: Caller, document: Buffer): Buffer {
  const client: Static<typeof Client> = JSON.parse(document.toString())
  if (client.id === caller.clientId && caller.role.id === ADMINISTRATORS) return document
  client.users = client.users.filter((user) => user.id === caller.userId)
  return Buffer.from(JSON.stringify(client))
}
