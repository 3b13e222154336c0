/** Other hosts of the account, which the list of accounts can be filtered by. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Group, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import { Copy } from '../../components/Copy.tsx'
import { Notice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { EmptyState } from '../../components/states.tsx'
import { useSubmit } from '../../lib/act.ts'
import type { Account } from './account.ts'
import styles from './client.module.css'

const linesOf = (text: string) =>
  text
    .split(/[\s,;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

export default function Hostnames({ account }: { account: Account }) {
  const { t } = useLingui()
  const hostnames = account.details.secondary_hostnames
  const [typed, setTyped] = useState<string>()
  const { busy, rest, submit, forget } = useSubmit([])
  const close = () => {
    setTyped(undefined)
    forget()
  }
  const edit = () => setTyped(hostnames.join('\n'))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const body = { secondary_hostnames: linesOf(typed ?? '') }
    if (await submit(() => api('PATCH /reeve/clients/{clientId}', { path: { clientId: account.id }, body }), t`Saved`)) close()
  }
  return (
    <Section
      title={t`Hostnames`}
      text={t`Other hosts of the account. The list of accounts finds it by any part of them.`}
      actions={
        typed === undefined &&
        account.mayChange && (
          <Button variant="default" size="compact-sm" onClick={edit}>
            <Trans>Edit</Trans>
          </Button>
        )
      }
    >
      {typed !== undefined ? (
        <form onSubmit={save}>
          <Textarea
            label={t`Hostnames`}
            description={t`One a line.`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            rows={Math.min(16, Math.max(5, hostnames.length + 2))}
            error={rest !== undefined}
            spellCheck={false}
            autoFocus
          />
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
      ) : hostnames.length === 0 ? (
        <EmptyState title={t`No hostnames`} text={t`Edit to add some, such as static.example.com.`} />
      ) : (
        <ul className={styles.list}>
          {hostnames.map((hostname) => (
            <li key={hostname} className={styles.row}>
              <Copy value={hostname} label={hostname} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}
