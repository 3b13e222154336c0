/** Refusals of the server by their code (docs/errors.md), in the reader's language: those that its users meet in forms. */
import { t } from '@lingui/core/macro'

export function refusalText(code: string | undefined): string | undefined {
  switch (code) {
    case 'password_incorrect':
      return t`This password is wrong.`
    case 'password_reused':
      return t`This is one of your last three passwords. Choose another one.`
    case 'code_required':
      return t`Enter the code of your authenticator app.`
    case 'code_invalid':
      return t`This code is wrong or was used before.`
    case 'email_taken':
      return t`Somebody has this email already.`
    case 'company_taken':
      return t`There is an account with this company name already.`
    case 'active_tokens':
      return t`This person has active API tokens in the account. Delete them first.`
    case 'last_administrator':
      return t`This is the last Administrator, and an account must keep one.`
    case 'only_account':
      return t`This is your only account, so you cannot leave it.`
    case 'already_invited':
      return t`This person is in the account already, or invited to it.`
    case 'cannot_be_invited':
      return t`This person cannot be added to this account.`
    case 'invitations_limited':
      return t`You have invited as many people as you may in a day. Try again tomorrow.`
    case 'email_changes_limited':
      return t`You have asked for too many changes of email. Try again in an hour.`
    case 'account_closed':
      return t`The Administrators of this account have closed it to staff.`
    case 'acting_session':
      return t`This cannot be done while you act as somebody else.`
    case 'session_read_only':
      return t`This session can only read.`
    case 'last_way_in':
      return t`This is your only way to sign in. Set a password first.`
    case 'token_limit':
      return t`The account has as many active API tokens as it may. Delete one first.`
    case 'account_limit':
      return t`You own as many accounts as you may.`
    default:
      return undefined
  }
}
