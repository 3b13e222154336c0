/**
 * The filters of a list as chips in words, each kept in the address. For lists that the server walks by cursor; the list of accounts has more.
 */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, CloseButton } from '@mantine/core'
import { PlusIcon } from '@radix-ui/react-icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { instant } from '../../lib/format.ts'
import { FilterForm } from './FilterForm.tsx'
import styles from './Filters.module.css'

export interface Filter {
  /** Of the query parameter, here and at the server. */
  name: string
  label: string
  kind: 'id' | 'text' | 'choice' | 'instant'
  /** Of a choice, by value. */
  choices?: Readonly<Record<string, string>>
}

/** The filters that are set, by name. */
export function useFilters(filters: readonly Filter[]): Record<string, string> {
  const search: Record<string, unknown> = useSearch({ strict: false })
  return Object.fromEntries(filters.flatMap(({ name }) => (typeof search[name] === 'string' ? [[name, search[name]]] : [])))
}

const words = ({ kind, choices }: Filter, value: string) =>
  kind === 'choice' ? (choices?.[value] ?? value) : kind === 'instant' && !Number.isNaN(Date.parse(value)) ? instant(value) : value

export function Filters({ filters }: { filters: readonly Filter[] }) {
  const { t } = useLingui()
  const navigate = useNavigate()
  const values = useFilters(filters)
  const [edited, setEdited] = useState<Filter>()
  const add = useRef<HTMLButtonElement>(null)
  const put = (changes: Record<string, string | undefined>) =>
    navigate({ to: '.', search: ((before: object) => ({ ...before, ...changes })) as never, resetScroll: false })
  const close = () => {
    setEdited(undefined)
    add.current?.focus()
  }
  const set = filters.filter(({ name }) => values[name] !== undefined)
  const firstFree = filters.find(({ name }) => values[name] === undefined)
  return (
    <div className={styles.filters}>
      <div className={styles.row}>
        {set.length > 0 && (
          <ul className={styles.chips} aria-label={t`Filters`}>
            {set.map((filter) => (
              <li key={filter.name} className={styles.chip}>
                <button type="button" onClick={() => setEdited(filter)}>
                  {filter.label}: <bdi>{words(filter, values[filter.name] as string)}</bdi>
                </button>
                <CloseButton
                  size={24}
                  iconSize={12}
                  aria-label={t`Remove the filter ${filter.label}`}
                  onClick={() => {
                    put({ [filter.name]: undefined })
                    add.current?.focus()
                  }}
                />
              </li>
            ))}
          </ul>
        )}
        <Button
          ref={add}
          size="compact-sm"
          variant="default"
          leftSection={<PlusIcon />}
          aria-expanded={edited !== undefined}
          onClick={() => setEdited(edited ? undefined : (firstFree ?? filters[0]))}
        >
          <Trans>Add filter</Trans>
        </Button>
        {set.length > 1 && (
          <Button size="compact-sm" variant="subtle" onClick={() => put(Object.fromEntries(set.map(({ name }) => [name, undefined])))}>
            <Trans>Clear filters</Trans>
          </Button>
        )}
      </div>
      {edited && (
        <FilterForm
          key={edited.name}
          filters={filters}
          chosen={edited}
          value={values[edited.name] ?? ''}
          onChoose={setEdited}
          onClose={close}
          onApply={(value) => {
            put({ [edited.name]: value })
            close()
          }}
        />
      )}
    </div>
  )
}
