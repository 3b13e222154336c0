/** A short value with a button that copies it. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon, CopyButton } from '@mantine/core'
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import styles from './Copy.module.css'

/** @param label what is copied, for screen readers */
export function Copy({ value, label }: { value: string; label: string }) {
  const { t } = useLingui()
  return (
    <span className={styles.copy}>
      <bdi>{value}</bdi>
      <CopyButton value={value} timeout={2000}>
        {({ copied, copy }) => (
          <ActionIcon variant="subtle" color="gray" size={24} aria-label={copied ? t`Copied` : t`Copy ${label}`} onClick={copy}>
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  )
}
