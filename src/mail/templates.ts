/** The kinds of mail there are, and what each is about. Imports nothing, so that the console can render a mail too. */

/** Templates of mails with a link, each named by the link's purpose. */
export type LinkTemplate =
  | 'invitation'
  | 'account_invitation'
  | 'activation'
  | 'password_reset'
  | 'email_change'
  | 'email_change_notice'
  | 'totp_disable'
  | 'account_deletion'
/** Purposes of one-time links. `end_access` comes with the mail about a new password. */
export type LinkPurpose = LinkTemplate | 'end_access'
export type MailTemplate =
  | LinkTemplate
  | 'trial_began'
  | 'trial_ends_soon'
  | 'trial_ended'
  | 'token_expires_soon'
  | 'password_expires_soon'
  | 'certificate_ends_soon'
  | 'failed_logins'
  | 'deletion_request'
  | 'security_changed'
  | 'wrong_codes'
  | 'sso_exception'
  | 'sso_in_place_of_password'
  | 'test'

/** Changes to how a user signs in or verifies its identity, of which the user is notified. */
export const securityChanges = [
  'email',
  'password',
  'two_step_on',
  'two_step_off',
  'backup_codes',
  'passkey_added',
  'passkey_removed',
  'token_added',
  'access_ended',
  'locked_down',
  'lockdown_lifted',
  'identity_linked',
  'identity_removed',
] as const
export type SecurityChange = (typeof securityChanges)[number]

/**
 * Values that a template can use: `days` until the event, `date`, `at`, `since` and `until` as instants in ISO 8601, `emails` and
 * `addresses` separated by commas, `change` one of securityChanges. A template uses those it knows and leaves out missing ones.
 */
export type MailDetail =
  | 'name'
  | 'company'
  | 'role'
  | 'email'
  | 'product'
  | 'days'
  | 'token'
  | 'date'
  | 'account'
  | 'requested_by'
  | 'change'
  | 'at'
  | 'attempts'
  | 'emails'
  | 'addresses'
  | 'since'
  | 'until'
  | 'tokens'
  | 'passkeys'
  | 'reason'
  | 'provider'

/** Hours until a link expires (docs/domain.md, People); a link that resets a password has one, since anybody can request it. */
export const linkHours: Readonly<Record<LinkPurpose, number>> = {
  invitation: 24,
  account_invitation: 24,
  activation: 24,
  password_reset: 1,
  email_change: 24,
  email_change_notice: 72,
  totp_disable: 24,
  account_deletion: 1,
  end_access: 24,
}
