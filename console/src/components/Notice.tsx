/** Something to know before going on, or what went wrong with a form. */
import type { ReactNode } from 'react'
import styles from './Notice.module.css'
import tones from './tones.module.css'

/** @param tone `bad` is spoken at once: it says what has just gone wrong */
export function Notice({ tone = 'info', children }: { tone?: 'info' | 'warn' | 'bad'; children: ReactNode }) {
  if (children === undefined || children === null || children === '') return null
  return (
    <div className={`${styles.notice} ${tones[tone]}`} {...(tone === 'bad' && { role: 'alert' })}>
      {children}
    </div>
  )
}
