/** The filters that hold, each a chip in words that edits or removes it, and the button that adds one. */
import { useLingui } from '@lingui/react/macro'
import { Button, CloseButton } from '@mantine/core'
import { PlusIcon } from '@radix-ui/react-icons'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import type { Filter, List, Query } from './definition.ts'
import styles from './ListPage.module.css'
import { inWords, optionsOf, useOptions, valuesOf } from './words.ts'

const load = () => import('./FilterPopover.tsx')
const FilterPopover = lazy(load)

interface Props<Row> {
  list: List<Row>
  /** Without what the search box holds. */
  chosen: Query
  isNarrow: boolean
  change(changes: Record<string, string | undefined>): void
}

/** Filters that are set to something else than holds anyhow. */
export const setFilters = <Row,>({ filters, defaults }: List<Row>, chosen: Query) =>
  filters.flatMap((filter) => {
    const values = valuesOf(filter, chosen)
    return values && filter.params.some((param, index) => values[index] !== (defaults[param] ?? '')) ? [{ filter, values }] : []
  })

export const without = ({ params }: Filter) => Object.fromEntries(params.map((param) => [param, undefined]))

export function Filters<Row>({ list, chosen, isNarrow, change }: Props<Row>) {
  const { t } = useLingui()
  const [open, setOpen] = useState<string>()
  const close = () => setOpen(undefined)
  const popover = (id: string, filter: Filter | undefined, target: ReactElement) =>
    open === id ? (
      <Suspense key={id} fallback={target}>
        <FilterPopover filters={list.filters} filter={filter} chosen={chosen} isNarrow={isNarrow} change={change} onClose={close}>
          {target}
        </FilterPopover>
      </Suspense>
    ) : (
      target
    )
  return (
    <>
      {setFilters(list, chosen).map(({ filter, values }) =>
        popover(
          filter.id,
          filter,
          <Chip
            key={filter.id}
            filter={filter}
            values={values}
            onEdit={() => setOpen(open === filter.id ? undefined : filter.id)}
            onRemove={() => change(without(filter))}
          />,
        ),
      )}
      {popover(
        'add',
        undefined,
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          className={styles.quiet}
          leftSection={<PlusIcon />}
          aria-haspopup="dialog"
          aria-expanded={open === 'add'}
          onPointerEnter={load}
          onClick={() => setOpen(open === 'add' ? undefined : 'add')}
        >
          {t`Filter`}
        </Button>,
      )}
    </>
  )
}

interface ChipProps {
  filter: Filter
  values: readonly string[]
  onEdit(): void
  onRemove(): void
  ref?: React.Ref<HTMLSpanElement>
}

function Chip({ filter, values, onEdit, onRemove, ref }: ChipProps) {
  const { t } = useLingui()
  const words = inWords(filter, values, useOptions(optionsOf(filter), true).options)
  return (
    <span ref={ref} className={styles.chip}>
      <button type="button" onClick={onEdit} onPointerEnter={load} aria-haspopup="dialog" title={words}>
        <bdi>{words}</bdi>
      </button>
      <CloseButton size={24} iconSize={14} aria-label={t`Remove the filter ${words}`} onClick={onRemove} />
    </span>
  )
}
