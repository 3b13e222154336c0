/** The API calls of the page as curl, each to be copied. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Button, CopyButton } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import { curlOf, latestCalls, onCalls } from '../../api/calls.ts'
import { Dialog } from '../Dialog.tsx'
import styles from './Calls.module.css'

export default function CallsDialog({ onClose }: { onClose(): void }) {
  const { t } = useLingui()
  return (
    <Dialog opened onClose={onClose} title={t`API calls of this page`} size="xl">
      <CallList />
    </Dialog>
  )
}

function CallList() {
  const { t } = useLingui()
  const calls = useSyncExternalStore(onCalls, latestCalls)
  if (calls.length === 0) return <Trans>This page has made no calls yet.</Trans>
  return (
    <>
      <p className={styles.text}>
        <Trans>
          The same from a shell: put an API token into <code>TOKEN</code>. The <a href="/docs">API documentation</a> has every operation.
        </Trans>
      </p>
      <ol className={styles.list}>
        {calls.map((call) => (
          <li key={`${call.method} ${call.address}`} className={styles.call}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0}>{curlOf(call)}</pre>
            <CopyButton value={curlOf(call)}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {copied ? t`Copied` : t`Copy`}
                </Button>
              )}
            </CopyButton>
          </li>
        ))}
      </ol>
    </>
  )
}
