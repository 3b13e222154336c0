/** A value to be copied: an id, a secret, a token. */
import { useLingui } from '@lingui/react/macro'
import { Button, CopyButton } from '@mantine/core'
import styles from './Copyable.module.css'

export function Copyable({ value, label, onCopy }: { value: string; label: string; onCopy?: () => void }) {
  const { t } = useLingui()
  return (
    <div className={styles.row}>
      <code className={styles.value}>{value}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            aria-label={`${copied ? t`Copied` : t`Copy`}: ${label}`}
            onClick={() => {
              copy()
              onCopy?.()
            }}
          >
            {copied ? t`Copied` : t`Copy`}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}
