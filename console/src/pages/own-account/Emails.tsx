/** Which emails the account's people get. They cannot be switched off: each is about access or about data that ends. */
import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { Section } from '../../components/Page.tsx'
import { useCaller } from '../../lib/caller.ts'
import styles from './own-account.module.css'

export function Emails() {
  const { t } = useLingui()
  const { email } = useCaller()
  return (
    <Section
      title={t`Notifications`}
      text={
        <Trans>
          Sent to <b>{email}</b>, in the language of your <Link to="/profile">profile</Link>.
        </Trans>
      }
    >
      <ul className={styles.list}>
        <li>
          <Trans>Changes of how you sign in: password, email, two-step verification, passkeys, new API tokens.</Trans>
        </li>
        <li>
          <Trans>Your API tokens, a week before they expire, and your password, before it does.</Trans>
        </li>
        <li>
          <Trans>Trials that start, end soon or have ended, to the owner of the account.</Trans>
        </li>
      </ul>
    </Section>
  )
}
