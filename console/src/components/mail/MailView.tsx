/**
 * A mail as it looks. The HTML of our own mails (src/mail/render.ts) becomes elements one by one, without ever being parsed by the browser: the
 * content security policy allows neither markup from text nor a frame. Only what those mails consist of is drawn. Links lead nowhere, because
 * they would act for whoever the mail is for.
 */
import { useMemo } from 'react'
import { elementsOf } from './elements.tsx'
import styles from './MailView.module.css'

interface Props {
  html: string
  /** Of the image that stands for the logo's address; without it only images of this server are shown. */
  logo?: string | undefined
}

export function MailView({ html, logo }: Props) {
  const elements = useMemo(() => elementsOf(html, logo), [html, logo])
  return <div className={styles.mail}>{elements}</div>
}
