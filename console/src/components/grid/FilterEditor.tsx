/** The form of one filter. */
import { useLingui } from '@lingui/react/macro'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { explain } from '../../lib/explain.ts'
import { RowsSkeleton } from '../states.tsx'
import type { Filter, Options, Query } from './definition.ts'
import styles from './FilterPopover.module.css'
import { optionsOf, useOptions, valuesOf } from './words.ts'

interface Props {
  filter: Filter
  chosen: Query
  onDone(changes: Record<string, string | undefined>): void
}

export function FilterEditor({ filter, chosen, onDone }: Props) {
  const { t } = useLingui()
  const { params, editor, label } = filter
  const before = valuesOf(filter, chosen)
  const [values, setValues] = useState<readonly string[]>(before ?? params.map(() => ''))
  const set = (index: number, value: string) => setValues(values.map((one, place) => (place === index ? value : one)))
  const done = (all: readonly string[]) =>
    onDone(Object.fromEntries(params.map((param, index) => [param, all[index]?.trim() || undefined])))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    done(values)
  }
  const [first = '', second = ''] = values
  if (editor.kind === 'one')
    return <OptionList options={optionsOf(filter)} chosen={[first]} label={label} onPick={(value) => done([value])} />
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {editor.kind === 'text' && (
          <TextInput
            data-autofocus
            label={editor.exact ? t`Exactly` : t`Contains`}
            value={first}
            onChange={(event) => set(0, event.currentTarget.value)}
          />
        )}
        {editor.kind === 'ids' && (
          <TextInput
            data-autofocus
            label={t`Ids, separated by commas`}
            inputMode="numeric"
            pattern="\s*\d+(\s*,\s*\d+)*\s*"
            value={first}
            onChange={(event) => set(0, event.currentTarget.value)}
          />
        )}
        {editor.kind === 'many' && (
          <OptionList
            isMultiple
            options={optionsOf(filter)}
            chosen={first === '' ? [] : first.split(',')}
            label={label}
            onPick={(value) => {
              const all = first === '' ? [] : first.split(',')
              set(0, (all.includes(value) ? all.filter((one) => one !== value) : [...all, value]).join(','))
            }}
          />
        )}
        {editor.kind === 'numbers' && (
          <Group grow gap="sm">
            <TextInput
              data-autofocus
              type="number"
              step="any"
              label={t`From (${editor.unit})`}
              value={first}
              onChange={(event) => set(0, event.currentTarget.value)}
            />
            <TextInput
              type="number"
              step="any"
              label={t`To (${editor.unit})`}
              value={second}
              onChange={(event) => set(1, event.currentTarget.value)}
            />
          </Group>
        )}
        {editor.kind === 'days' && (
          <>
            <DayInput isFirst label={t`From`} value={first} end={false} onChange={(value) => set(0, value)} />
            <DayInput label={t`To`} value={second} end onChange={(value) => set(1, value)} />
          </>
        )}
        {editor.kind === 'until' && <DayInput isFirst label={t`Until`} value={first} end onChange={(value) => set(0, value)} />}
        <Group justify="space-between" gap="sm">
          {before ? (
            <Button variant="subtle" color="gray" className={styles.quiet} onClick={() => done(params.map(() => ''))}>{t`Remove`}</Button>
          ) : (
            <span />
          )}
          <Button type="submit">{t`Apply`}</Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Days are those of the reader's time zone; the server is told instants. */
function DayInput({
  label,
  value,
  end,
  isFirst,
  onChange,
}: {
  label: string
  value: string
  end: boolean
  isFirst?: boolean
  onChange(value: string): void
}) {
  const instantOf = (day: string) => {
    const at = new Date(`${day}T${end ? '23:59:59.999' : '00:00:00'}`)
    return Number.isNaN(at.getTime()) ? '' : at.toISOString()
  }
  return (
    <TextInput
      type="date"
      label={label}
      data-autofocus={isFirst}
      value={value === '' ? '' : localDay(value)}
      onChange={(event) => onChange(instantOf(event.currentTarget.value))}
    />
  )
}

function localDay(instant: string): string {
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}

interface OptionListProps {
  options: Options | undefined
  chosen: readonly string[]
  label: string
  isMultiple?: boolean
  onPick(value: string): void
}

const MANY = 8

function OptionList({ options: given, chosen, label, isMultiple = false, onPick }: OptionListProps) {
  const { t } = useLingui()
  const { options, isPending, error } = useOptions(given, true)
  const [text, setText] = useState('')
  if (isPending) return <RowsSkeleton rows={4} />
  if (error) return <p role="alert">{explain(error)}</p>
  const found = options.filter((one) => one.label.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase()))
  return (
    <div>
      {options.length > MANY && (
        <input
          className={styles.search}
          data-autofocus
          value={text}
          placeholder={t`Search`}
          aria-label={t`Search`}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: its label is the title above */}
      <div className={styles.list} role="group" aria-label={label}>
        {isMultiple
          ? found.map(({ value, label: name }) => (
              <label key={value} className={styles.option}>
                <input type="checkbox" checked={chosen.includes(value)} onChange={() => onPick(value)} />
                <span>{name}</span>
              </label>
            ))
          : found.map(({ value, label: name }) => (
              <button key={value} type="button" className={styles.item} aria-pressed={chosen.includes(value)} onClick={() => onPick(value)}>
                {name}
                {chosen.includes(value) && ' ✓'}
              </button>
            ))}
        {found.length === 0 && <p className={styles.group}>{t`Nothing found`}</p>}
      </div>
    </div>
  )
}
