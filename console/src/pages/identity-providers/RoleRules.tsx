/** Groups and the role that each gives, in the order in which they are tried. */
import { Trans, useLingui } from '@lingui/react/macro'
import { ActionIcon, Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { ArrowDownIcon, ArrowUpIcon, Cross2Icon } from '@radix-ui/react-icons'
import styles from './identity-providers.module.css'
import { roleOptions } from './words.ts'

export interface DraftRule {
  key: number
  group: string
  role: string
}

interface Props {
  rules: DraftRule[]
  error: string | undefined
  onChange(rules: DraftRule[]): void
}

export function RoleRules({ rules, error, onChange }: Props) {
  const { t } = useLingui()
  const change = (key: number, changes: Partial<DraftRule>) =>
    onChange(rules.map((rule) => (rule.key === key ? { ...rule, ...changes } : rule)))
  const move = (from: number, to: number) => onChange(rules.toSpliced(from, 1).toSpliced(to, 0, rules[from] as DraftRule))
  const add = () => onChange([...rules, { key: Math.max(-1, ...rules.map(({ key }) => key)) + 1, group: '', role: '2' }])
  return (
    <>
      <h3 className={styles.part}>
        <Trans>Groups</Trans>
      </h3>
      <ol className={styles.rows} aria-label={t`Rules, the first that matches counts`}>
        {rules.map(({ key, group, role }, index) => (
          <li key={key} className={styles.rule}>
            <TextInput
              label={t`Group ${index + 1}`}
              value={group}
              onChange={(event) => change(key, { group: event.currentTarget.value })}
              autoComplete="off"
              spellCheck={false}
            />
            <NativeSelect
              label={t`Role of group ${index + 1}`}
              value={role}
              onChange={(event) => change(key, { role: event.currentTarget.value })}
              data={roleOptions()}
            />
            <Group gap={4}>
              <ActionIcon
                variant="default"
                size={34}
                aria-label={t`Try group ${index + 1} earlier`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              >
                <ArrowUpIcon />
              </ActionIcon>
              <ActionIcon
                variant="default"
                size={34}
                aria-label={t`Try group ${index + 1} later`}
                disabled={index === rules.length - 1}
                onClick={() => move(index, index + 1)}
              >
                <ArrowDownIcon />
              </ActionIcon>
              <ActionIcon
                variant="default"
                size={34}
                aria-label={t`Remove group ${index + 1}`}
                onClick={() => onChange(rules.filter((rule) => rule.key !== key))}
              >
                <Cross2Icon />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ol>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <Button variant="default" size="compact-sm" mt="xs" onClick={add}>
        <Trans>Add a group</Trans>
      </Button>
    </>
  )
}
