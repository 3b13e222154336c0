/** A state as a word with a shape before it, so that it can be told without its colour. */
import type { ReactNode } from 'react'
import styles from './Status.module.css'
import tones from './tones.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'info'
const marks: Record<Tone, string> = { good: '●', warn: '▲', bad: '■', quiet: '○', info: '◆' }

export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`${styles.status} ${tones[tone]}`}>
      <span aria-hidden="true">{marks[tone]}</span>
      {children}
    </span>
  )
}
