/** Facts with a button that turns them into a form. Only what was changed is sent. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useSubmit } from '../lib/act.ts'
import styles from './EditableSection.module.css'
import { Fact, Facts } from './Fact.tsx'
import { Notice } from './Notice.tsx'
import { Section } from './Page.tsx'

export interface InputProps {
  label: string
  value: string
  onChange(value: string): void
  error: string | undefined
}

export interface Field {
  /** As the server has it. */
  name: string
  label: string
  value: string
  /** Shown in place of the value. */
  shown?: ReactNode
  type?: 'email' | 'tel' | 'url' | 'number'
  required?: boolean
  help?: string
  options?: { value: string; label: string }[]
  input?(props: InputProps): ReactNode
}

interface Props {
  title: string
  text?: ReactNode
  fields: readonly Field[]
  save(changed: Record<string, string>): Promise<unknown>
  mayChange: boolean
  /** Begins as the form. */
  startsOpen?: boolean
}

export function EditableSection({ title, text, fields, save, mayChange, startsOpen = false }: Props) {
  const { t } = useLingui()
  const [typed, setTyped] = useState<Record<string, string> | undefined>(startsOpen ? {} : undefined)
  const { busy, fields: errors, rest, submit, forget } = useSubmit(fields.map(({ name }) => name))
  const close = () => {
    setTyped(undefined)
    forget()
  }
  if (!typed)
    return (
      <Section
        title={title}
        text={text}
        actions={
          mayChange && (
            <Button variant="default" size="compact-sm" onClick={() => setTyped({})} aria-label={t`Edit ${title}`}>
              <Trans>Edit</Trans>
            </Button>
          )
        }
      >
        <Facts>
          {fields.map(({ name, label, value, shown }) => (
            <Fact key={name} term={label}>
              {shown || <bdi>{value || '–'}</bdi>}
            </Fact>
          ))}
        </Facts>
      </Section>
    )
  const send = async (event: FormEvent) => {
    event.preventDefault()
    const changed = Object.fromEntries(
      Object.entries(typed).filter(([name, value]) => fields.some((one) => one.name === name && one.value !== value)),
    )
    if (Object.keys(changed).length === 0 || (await submit(() => save(changed), t`Saved`))) close()
  }
  return (
    <Section title={title} text={text}>
      <form onSubmit={send} onKeyDown={({ key }) => key === 'Escape' && close()}>
        <div className={styles.form}>
          {fields.map((field, index) => {
            const { name, label, type = 'text', required = false, help, options, input } = field
            const props: InputProps = {
              label,
              value: typed[name] ?? field.value,
              onChange: (value) => setTyped({ ...typed, [name]: value }),
              error: errors[name],
            }
            if (input) return <div key={name}>{input(props)}</div>
            const common = {
              label,
              value: props.value,
              error: props.error,
              onChange: (event: { currentTarget: { value: string } }) => props.onChange(event.currentTarget.value),
            }
            if (options) return <NativeSelect key={name} {...common} data={options} />
            return (
              <TextInput
                key={name}
                {...common}
                type={type}
                required={required}
                {...(help && { description: help, inputWrapperOrder: ['label', 'input', 'description', 'error'] })}
                {...(type === 'number' && { min: 0, step: 'any' })}
                autoComplete="off"
                data-autofocus={index === 0 || undefined}
                autoFocus={index === 0 && !startsOpen}
              />
            )
          })}
        </div>
        <Notice tone="bad">{rest}</Notice>
        <Group mt="md">
          <Button type="submit" loading={busy}>
            <Trans>Save</Trans>
          </Button>
          <Button variant="default" onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
        </Group>
      </form>
    </Section>
  )
}
