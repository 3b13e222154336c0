/** Sets one filter: which, and its value. */
import { useLingui } from '@lingui/react/macro'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import styles from './Filters.module.css'
import type { Filter } from './Filters.tsx'

interface Props {
  filters: readonly Filter[]
  chosen: Filter
  value: string
  onChoose(filter: Filter): void
  onApply(value: string): void
  onClose(): void
}

export function FilterForm({ filters, chosen, value, onChoose, onApply, onClose }: Props) {
  const { t } = useLingui()
  const { kind, choices = {} } = chosen
  const first = Object.keys(choices)[0] ?? ''
  const [typed, setTyped] = useState(kind === 'instant' ? localTime(value) : value || (kind === 'choice' ? first : ''))
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(value === '' ? 'select' : 'input, select:not([name=filter])')?.focus()
  }, [value])
  const apply = (event: FormEvent) => {
    event.preventDefault()
    onApply(kind === 'instant' ? new Date(typed).toISOString() : typed.trim())
  }
  return (
    <form
      ref={form}
      className={styles.form}
      onSubmit={apply}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose()
      }}
    >
      <NativeSelect
        size="xs"
        name="filter"
        label={t`Filter`}
        value={chosen.name}
        onChange={({ currentTarget }) => {
          const next = filters.find(({ name }) => name === currentTarget.value)
          if (next) onChoose(next)
        }}
        data={filters.map(({ name, label }) => ({ value: name, label }))}
      />
      {kind === 'choice' ? (
        <NativeSelect
          size="xs"
          label={t`Value`}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          data={Object.entries(choices).map(([one, label]) => ({ value: one, label }))}
        />
      ) : (
        <TextInput
          size="xs"
          label={t`Value`}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          required
          withAsterisk={false}
          {...(kind === 'id' && { inputMode: 'numeric', pattern: '\\s*[0-9]{1,15}\\s*', title: t`A number` })}
          {...(kind === 'instant' && { type: 'datetime-local' })}
        />
      )}
      <Button size="xs" type="submit">{t`Apply`}</Button>
      <Button size="xs" variant="default" onClick={onClose}>{t`Cancel`}</Button>
    </form>
  )
}

/** As an input of the type datetime-local has it: in the reader's zone, without it. */
function localTime(value: string): string {
  const at = new Date(value === '' ? new Date().setHours(0, 0, 0, 0) : value)
  return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
