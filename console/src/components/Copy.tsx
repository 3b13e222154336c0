/** A short value with a button that copies it. */
import { useLingui } from '@lingui/react/macro'
import { ActionIcon } from '@mantine/core'
import { CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import { useEffect, useState } from 'react'
import styles from './Copy.module.css'

/** @param label what is copied, for screen readers */
export function Copy({ value, label }: { value: string; label: string }) {
  const { t } = useLingui()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(value)
    setCopied(true)
  }
  return (
    <span className={styles.copy}>
      <bdi>{value}</bdi>
      <ActionIcon variant="subtle" color="gray" size={24} aria-label={copied ? t`Copied` : t`Copy ${label}`} onClick={copy}>
        {copied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    </span>
  )
}
