/** Says, as long as it lasts, that what happens here happens in somebody else's name. */
import { Trans } from '@lingui/react/macro'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { changeSession, type Session } from '../../api/session.ts'
import { useCaller } from '../../lib/caller.ts'
import { explain } from '../../lib/explain.ts'
import { toast } from '../../lib/toast.ts'
import { Time } from '../Time.tsx'
import styles from './ActingBanner.module.css'

export function ActingBanner({ acting }: { acting: NonNullable<Session['acting']> }) {
  const caller = useCaller()
  const [busy, setBusy] = useState(false)
  const stop = async () => {
    setBusy(true)
    try {
      await changeSession('/reeve/session/stop_acting', {})
    } catch (error) {
      setBusy(false)
      toast(explain(error), { kind: 'failed' })
    }
  }
  return (
    <section className={styles.banner} aria-label={caller.email}>
      <span>
        {acting.read_only ? (
          <Trans>
            You look at this as <b>{caller.email}</b>: nothing can be changed.
          </Trans>
        ) : (
          <Trans>
            You act as <b>{caller.email}</b>. The log names you.
          </Trans>
        )}{' '}
        <Trans>
          Ends <Time at={acting.ends_at} ago />.
        </Trans>
      </span>
      <Button size="compact-sm" variant="white" color="red" loading={busy} onClick={stop}>
        <Trans>Stop</Trans>
      </Button>
    </section>
  )
}
