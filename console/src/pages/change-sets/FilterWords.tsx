/** The filter of a change set in the words of the list of accounts. */
import { useLingui } from '@lingui/react/macro'
import type { ChangeSet } from '../../api/types.ts'
import type { Filter } from '../../components/grid/definition.ts'
import { inWords, optionsOf, useOptions, valuesOf } from '../../components/grid/words.ts'
import { useCaller } from '../../lib/caller.ts'
import { clientFilters } from '../clients/filters.ts'
import styles from './change-sets.module.css'

export default function FilterWords({ filter }: { filter: NonNullable<ChangeSet['filter']> }) {
  const { t } = useLingui()
  const caller = useCaller()
  const query = Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]))
  // The list leaves deleted accounts out, and says so only where it does not.
  const { deleted = 'any', ...rest } = query
  const shown = deleted === 'false' ? rest : { ...rest, deleted }
  const set = clientFilters(caller).flatMap((one) => {
    const values = valuesOf(one, shown)
    return values ? [{ one, values }] : []
  })
  if (set.length === 0) return t`All accounts`
  return (
    <ul className={styles.chips}>
      {set.map(({ one, values }) => (
        <li key={one.id}>
          <Words filter={one} values={values} />
        </li>
      ))}
    </ul>
  )
}

const Words = ({ filter, values }: { filter: Filter; values: readonly string[] }) => (
  <bdi>{inWords(filter, values, useOptions(optionsOf(filter), true).options)}</bdi>
)
