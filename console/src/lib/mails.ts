/** The kinds of mail, and how one stands, in words. */
import { t } from '@lingui/core/macro'
import type { OutboxEntry } from '../api/types.ts'
import type { Tone } from '../components/Status.tsx'

export const mailNames = (): Record<string, string> => ({
  invitation: t`Invitation`,
  account_invitation: t`Invitation to another account`,
  activation: t`Activation`,
  password_reset: t`New password`,
  email_change: t`Confirmation of a new email`,
  email_change_notice: t`Notice of a new email`,
  totp_disable: t`Switch two-step verification off`,
  account_deletion: t`Confirmation of a deletion`,
  trial_began: t`Trial began`,
  trial_ends_soon: t`Trial ends soon`,
  trial_ended: t`Trial ended`,
  token_expires_soon: t`API token expires soon`,
  password_expires_soon: t`Password expires soon`,
  certificate_ends_soon: t`Certificate ends soon`,
  failed_logins: t`Failed sign-ins`,
  deletion_request: t`Request for deletion`,
  security_changed: t`Change of the sign-in`,
  wrong_codes: t`Wrong codes`,
  sso_exception: t`Exception to an identity provider`,
  sso_in_place_of_password: t`Sign in by an identity provider`,
  test: t`Test email`,
})

export const mailName = (template: string): string => mailNames()[template] ?? template

export const mailStates = (): Record<OutboxEntry['state'], string> => ({
  waiting: t`Waiting`,
  kept: t`Kept`,
  sent: t`Sent`,
  dead: t`Failed`,
})

export const mailTones: Record<OutboxEntry['state'], Tone> = { waiting: 'info', kept: 'warn', sent: 'good', dead: 'bad' }
