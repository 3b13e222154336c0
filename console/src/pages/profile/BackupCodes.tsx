/** Backup codes, shown this once: to copy, print or download. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, Checkbox, CopyButton, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { query } from '../../api/client.ts'
import { Section } from '../../components/Page.tsx'
import { useCaller } from '../../lib/caller.ts'
import styles from './profile.module.css'

export function BackupCodes({ codes, onDone }: { codes: readonly string[]; onDone(): unknown }) {
  const { t } = useLingui()
  const { email } = useCaller()
  const { data: brand } = useQuery({ ...query('GET /reeve/session/brand', {}), staleTime: 60_000 })
  const [kept, setKept] = useState(false)
  const text = `${codes.join('\n')}\n`

  const print = () => {
    document.documentElement.dataset.print = 'codes'
    window.print()
    delete document.documentElement.dataset.print
  }
  const download = () => {
    const address = URL.createObjectURL(new Blob([`${brand?.name ?? ''} ${email}\n\n${text}`], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = address
    link.download = 'backup-codes.txt'
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <Section
      title={t`Your backup codes`}
      text={
        <Trans>
          Each signs you in once if you do not have your phone. They are shown only now: keep them where you keep important papers.
        </Trans>
      }
    >
      <Stack align="stretch" maw={520}>
        <div className={styles.paper}>
          <p className={styles.notes}>
            {brand?.name} <bdi>{email}</bdi>
          </p>
          <ol className={styles.codes} aria-label={t`Your backup codes`}>
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ol>
        </div>
        <Group>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t`Copied` : t`Copy`}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={download}>
            <Trans>Download</Trans>
          </Button>
          <Button variant="default" onClick={print}>
            <Trans>Print</Trans>
          </Button>
        </Group>
        <Checkbox label={t`I have kept these codes`} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <Button disabled={!kept} onClick={onDone} className={styles.done}>
          <Trans>Done</Trans>
        </Button>
      </Stack>
    </Section>
  )
}
