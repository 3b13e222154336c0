/** Counts clients by bits, and finds the one at a position: ANDs the blocks of all facets and counts the bits that are left (schema/17_counts.sql). */
import type { ScopedSql } from '../../../db/scope.ts'
import type { Caller } from '../../../lib/caller.ts'
import type { Facet, Fragment } from '../../../lists/filters.ts'

/**
 * Returns an expression that counts the clients of the caller's tenant that are in all facets. It passes once over the blocks of all sets
 * together: PostgreSQL expects few rows of a facet and a value, and would plan joins of sets that compute a set again for each block.
 */
export const bitsLeft = (db: ScopedSql, caller: Caller, facets: Facet[]): Fragment =>
  db`(SELECT coalesce(sum(bit_count(bits)), 0)::bigint FROM (${blocksLeft(db, caller, facets)}) blocks)`

/**
 * Returns an expression for the id of the client at a position, from 0, among those that `bitsLeft` counts, in order of id. The blocks before it
 * are counted, and only its own is taken apart: the cost is that of a count.
 */
export const idAt = (db: ScopedSql, caller: Caller, facets: Facet[], position: number): Fragment => db`(
  SELECT id FROM (
    SELECT block * 4096 + place AS id, before + row_number() OVER (ORDER BY place) AS number
    FROM (SELECT block, bits, sum(bit_count(bits)) OVER (ORDER BY block) - bit_count(bits) AS before
      FROM (${blocksLeft(db, caller, facets)}) blocks) counted, generate_series(0, 4095) AS place
    WHERE before <= ${position} AND before + bit_count(bits) > ${position} AND get_bit(bits, place) = 1) own
  WHERE number = ${position} + 1)`

/** Selects the blocks in which there are clients in all facets, and the bits of these clients. */
function blocksLeft(db: ScopedSql, caller: Caller, facets: Facet[]): Fragment {
  const tenant = caller.kind === 'platform' ? { facet: 'all', anyOf: [''] } : { facet: 'reseller_id', anyOf: [String(caller.resellerId)] }
  // If a set has no row of a block, none of the block's clients are in it. A `below` set then excludes none of them, any other set all.
  const sets = facets.map((one) =>
    'below' in one
      ? db`SELECT block, ~bits, 0 FROM (${atLeast(db, one.facet, one.below)}) beyond`
      : db`SELECT block, bits, 1 FROM (${having(db, one)}) those`,
  )
  const demanded = 1 + facets.filter((one) => !('below' in one)).length
  return db`SELECT block, bit_and(bits) AS bits FROM (
      ${sets.reduce((all, one) => db`${all} UNION ALL ${one}`, db`SELECT block, bits, 1 AS demanded FROM (${having(db, tenant)}) own`)}) sets
    GROUP BY block HAVING sum(demanded) = ${demanded}`
}

const zeros = (db: ScopedSql) => db`B'0'::bit(4096)`

/** Selects the blocks of a facet's clients and their bits. */
function having(db: ScopedSql, one: Exclude<Facet, { below: number }>): Fragment {
  if ('atLeast' in one) return atLeast(db, one.facet, one.atLeast)
  const [value = '', ...others] = one.anyOf
  return others.length === 0
    ? db`SELECT block, bits FROM client_bits WHERE facet = ${one.facet} AND value = ${value}`
    : db`SELECT block, bit_or(bits) AS bits FROM client_bits WHERE facet = ${one.facet} AND value = ANY (${one.anyOf}) GROUP BY block`
}

/**
 * Selects the clients whose number in the facet is at least `number`, from the slices of its bits, starting at the lowest bit set in
 * `number`. Where `number` has a 1, theirs must too; where it has a 0, a 1 of theirs is enough. A run of equal bits is one step.
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
      // A slice without a row has only zeros.
      return one
        ? db`& coalesce(CASE WHEN count(*) ${these} = ${slices.length} THEN bit_and(bits) ${these} END, ${zeros(db)})`
        : db`| coalesce(bit_or(bits) ${these}, ${zeros(db)})`
    })
    .reduce((lower, step) => db`(${lower} ${step})`, db`~${zeros(db)}`)
  const needed = steps.flatMap(({ slices }) => slices)
  return db`SELECT block, ${bits} AS bits FROM client_bits WHERE facet = ${facet} AND value = ANY (${needed}) GROUP BY block`
}

/** The number of slices that bit_slices makes. */
const SLICES = 20
