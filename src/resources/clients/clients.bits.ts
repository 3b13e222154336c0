/** Counting clients by bits: how many are left when the blocks of all facets are anded (migrations/0006). */
import type { ScopedSql } from '../../db/scope.ts'
import type { Facet, Fragment } from '../../http/filters.ts'
import type { Caller } from '../../lib/caller.ts'

/** An expression: how many clients of the caller's tenant all facets hold. */
export function bitsLeft(db: ScopedSql, caller: Caller, facets: Facet[]): Fragment {
  const tenant = caller.kind === 'platform' ? { facet: 'all', anyOf: [''] } : { facet: 'reseller_id', anyOf: [String(caller.resellerId)] }
  // A block without a row has no such clients; of what must not be it takes none away.
  const sets = facets.map((one, n) => {
    const name = db(`s${n}`)
    return 'below' in one
      ? {
          join: db`LEFT JOIN (${atLeast(db, one.facet, one.below)}) ${name} USING (block)`,
          and: db`& ~coalesce(${name}.bits, ${zeros(db)})`,
        }
      : { join: db`JOIN (${having(db, one)}) ${name} USING (block)`, and: db`& ${name}.bits` }
  })
  const all = (parts: Fragment[]) => parts.reduce((before, one) => db`${before} ${one}`, db``)
  return db`(SELECT coalesce(sum(bit_count(tenant.bits ${all(sets.map(({ and }) => and))})), 0)::bigint
    FROM (${having(db, tenant)}) tenant ${all(sets.map(({ join }) => join))})`
}

const zeros = (db: ScopedSql) => db`B'0'::bit(4096)`

/** A query of blocks and their bits. */
function having(db: ScopedSql, one: Exclude<Facet, { below: number }>): Fragment {
  if ('atLeast' in one) return atLeast(db, one.facet, one.atLeast)
  const [value = '', ...others] = one.anyOf
  return others.length === 0
    ? db`SELECT block, bits FROM client_bits WHERE facet = ${one.facet} AND value = ${value}`
    : db`SELECT block, bit_or(bits) AS bits FROM client_bits WHERE facet = ${one.facet} AND value = ANY (${one.anyOf}) GROUP BY block`
}

/**
 * The clients whose number in the facet is at least `number`, from the slices of its bits. Gone through from the lowest bit that is set: where
 * the number has a 1, theirs must too; where it has a 0, a 1 of theirs is enough. Bits in a row that are the same are one step.
 */
function atLeast(db: ScopedSql, facet: string, number: number): Fragment {
  const steps: { one: boolean; slices: string[] }[] = []
  for (let slice = 31 - Math.clz32(number & -number); slice < SLICES; slice++) {
    const one = ((number >> slice) & 1) === 1
    if (steps.at(-1)?.one === one) steps.at(-1)?.slices.push(String(slice))
    else steps.push({ one, slices: [String(slice)] })
  }
  const bits = steps
    .map(({ one, slices }) => {
      const these = db`FILTER (WHERE value = ANY (${slices}))`
      // A slice without a row has zeros only.
      return one
        ? db`& coalesce(CASE WHEN count(*) ${these} = ${slices.length} THEN bit_and(bits) ${these} END, ${zeros(db)})`
        : db`| coalesce(bit_or(bits) ${these}, ${zeros(db)})`
    })
    .reduce((lower, step) => db`(${lower} ${step})`, db`~${zeros(db)}`)
  const needed = steps.flatMap(({ slices }) => slices)
  return db`SELECT block, ${bits} AS bits FROM client_bits WHERE facet = ${facet} AND value = ANY (${needed}) GROUP BY block`
}

/** As many as bit_slices makes. */
const SLICES = 20
