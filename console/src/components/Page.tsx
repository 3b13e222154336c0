/** The frame of a page: its heading, what can be done on it, and its content. Sets the title of the document. */
import { Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import styles from './Page.module.css'

interface Props {
  title: string
  /** One sentence below the heading. */
  text?: ReactNode
  actions?: ReactNode
  /** Fills the window below the heading instead of growing with its content. */
  fills?: boolean
  children: ReactNode
}

export function Page({ title, text, actions, fills = false, children }: Props) {
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <div className={fills ? `${styles.page} ${styles.fills}` : styles.page}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <Title order={1} size="h3">
            {title}
          </Title>
          {text && <p className={styles.text}>{text}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** A titled part of a page, framed. */
export function Section({
  title,
  text,
  actions,
  children,
}: {
  title: ReactNode
  text?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={styles.section}>
      <div className={styles.header}>
        <div className={styles.heading}>
          <Title order={2} size="h5">
            {title}
          </Title>
          {text && <p className={styles.text}>{text}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}
