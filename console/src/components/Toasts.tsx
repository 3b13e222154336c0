/** Shows the messages of lib/toast.ts in a live region, so that a screen reader speaks them. */
import { useLingui } from '@lingui/react/macro'
import { Button, CloseButton } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import { closeToast, currentToasts, onToasts } from '../lib/toast.ts'
import styles from './Toasts.module.css'

export function Toasts() {
  const { t } = useLingui()
  const toasts = useSyncExternalStore(onToasts, currentToasts)
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {toasts.map(({ id, kind, text, action }) => (
        <div key={id} className={`${styles.toast} ${styles[kind]}`}>
          <span>{text}</span>
          {action && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => {
                closeToast(id)
                action.run()
              }}
            >
              {action.label}
            </Button>
          )}
          <CloseButton size="sm" aria-label={t`Close`} onClick={() => closeToast(id)} />
        </div>
      ))}
    </div>
  )
}
