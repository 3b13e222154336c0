/** What is selected, how to select all that match, and what can be done with it. */
import { Plural, Trans } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { number } from '../../lib/format.ts'
import type { List, Query } from './definition.ts'
import styles from './ListPage.module.css'
import type { Selection } from './useSelection.ts'

interface Props<Row> {
  list: List<Row>
  query: Query
  selection: Selection
  total: number
  onDone(): void
}

export function SelectionBar<Row>({ list: { actions: Actions }, query, selection, total, onDone }: Props<Row>) {
  const all = number(total)
  return (
    <div className={styles.selection}>
      <b role="status">
        <Plural value={selection.count} one="# selected" other="# selected" />
      </b>
      {!selection.isAll && selection.count < total && (
        <Button size="compact-sm" variant="subtle" className={styles.strong} onClick={selection.all}>
          <Trans>Select all {all} that match</Trans>
        </Button>
      )}
      <span className={styles.space} />
      {Actions && (
        <Actions
          select={selection.value(query)}
          count={selection.count}
          done={() => {
            selection.clear()
            onDone()
          }}
        />
      )}
      <Button size="compact-sm" variant="subtle" color="gray" className={styles.quiet} onClick={selection.clear}>
        <Trans>Clear selection</Trans>
      </Button>
    </div>
  )
}
