/** Where a filter is chosen and edited: beside its chip, or a sheet in a narrow window. */
import { useLingui } from '@lingui/react/macro'
import { Popover } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import { Dialog } from '../Dialog.tsx'
import type { Filter, Query } from './definition.ts'
import { FilterEditor } from './FilterEditor.tsx'
import styles from './FilterPopover.module.css'
import '../../mantine.overlays.css.ts'

interface Props {
  filters: readonly Filter[]
  /** The one to edit; undefined to choose from all. */
  filter: Filter | undefined
  chosen: Query
  isNarrow: boolean
  change(changes: Record<string, string | undefined>): void
  onClose(): void
  children: ReactElement
}

export default function FilterPopover({ filters, filter, chosen, isNarrow, change, onClose, children }: Props) {
  const { t } = useLingui()
  const [picked, setPicked] = useState(filter)
  const content = picked ? (
    <FilterEditor
      filter={picked}
      chosen={chosen}
      onDone={(changes) => {
        change(changes)
        onClose()
      }}
    />
  ) : (
    <Choice filters={filters} onPick={setPicked} />
  )
  const title = picked?.label ?? t`Add a filter`
  if (isNarrow)
    return (
      <>
        {children}
        <Dialog opened onClose={onClose} title={title} fullScreen>
          {content}
        </Dialog>
      </>
    )
  return (
    <Popover opened onClose={onClose} position="bottom-start" trapFocus returnFocus withinPortal width={300} shadow="md">
      <Popover.Target popupType="dialog">{children}</Popover.Target>
      <Popover.Dropdown aria-label={title}>
        {picked && <p className={styles.title}>{title}</p>}
        {content}
      </Popover.Dropdown>
    </Popover>
  )
}

function Choice({ filters, onPick }: { filters: readonly Filter[]; onPick(filter: Filter): void }) {
  const { t } = useLingui()
  const [text, setText] = useState('')
  const found = filters.filter(({ label, group }) => `${group} ${label}`.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase()))
  const groups = [...new Set(found.map(({ group }) => group))]
  const [first] = found
  return (
    <div>
      <input
        className={styles.search}
        data-autofocus
        value={text}
        placeholder={t`Find a filter`}
        aria-label={t`Find a filter`}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && first) {
            event.preventDefault()
            onPick(first)
          }
        }}
      />
      <div className={styles.list}>
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <p className={styles.group}>{group}</p>
            {found
              .filter((one) => one.group === group)
              .map((one) => (
                <button key={one.id} type="button" className={styles.item} onClick={() => onPick(one)}>
                  {one.label}
                </button>
              ))}
          </section>
        ))}
        {found.length === 0 && <p className={styles.group}>{t`Nothing found`}</p>}
      </div>
    </div>
  )
}
