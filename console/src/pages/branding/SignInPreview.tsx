/** The sign-in page in small: a picture of it, with nothing in it to use. */
import { useLingui } from '@lingui/react/macro'
import { readableOn } from '../../../../src/lib/colours.ts'
import { coloursOf, type Draft } from './draft.ts'
import styles from './SignInPreview.module.css'

export function SignInPreview({ draft, logo, theme }: { draft: Draft; logo: string | null; theme: 'light' | 'dark' }) {
  const { t } = useLingui()
  const { header, primary } = coloursOf(draft)
  const { brandName, domain, websiteLink, agreementLink, showStatusPage, supportEmail } = draft
  const name = brandName.trim() || t`Your brand`
  const links = [
    websiteLink && t`Website`,
    agreementLink && t`User agreement`,
    showStatusPage && t`Status`,
    supportEmail && t`Support`,
  ].filter(Boolean)
  return (
    <div role="img" aria-label={t`Sign-in page of ${name}`} className={styles.window}>
      <div className={styles.bar}>https://{domain.trim() || 'auth.mycompany.com'}</div>
      <div className={styles.page} data-theme={theme}>
        <div className={styles.header} style={{ background: header, color: readableOn(header) }}>
          {logo && <img src={logo} alt="" />}
          <bdi>{name}</bdi>
        </div>
        <div className={styles.card}>
          <strong className={styles.title}>{t`Sign in`}</strong>
          <span>{t`Email`}</span>
          <div className={styles.input} />
          <span>{t`Password`}</span>
          <div className={styles.input} />
          <div className={styles.button} style={{ background: primary, color: readableOn(primary) }}>{t`Sign in`}</div>
        </div>
        <div className={styles.footer}>
          {links.map((link) => (
            <u key={link}>{link}</u>
          ))}
        </div>
      </div>
    </div>
  )
}
