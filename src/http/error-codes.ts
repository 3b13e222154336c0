/** The catalogue of error codes: what programs tell errors apart by. A code never changes its meaning; messages may change at any time. */

/** By code: its status, and what it means. docs/errors.md has the same table. */
export const errorCodes = {
  invalid_parameter: [400, 'A field or parameter is missing or not valid. `errors` names each of them.'],
  invalid_json: [400, 'The body is not JSON.'],
  bad_request: [400, 'This is not an HTTP request.'],
  invalid_credentials: [400, 'Email, password or code is wrong, or the user cannot sign in.'],
  password_expired: [400, 'The password was right and has expired. A link to set a new one was mailed.'],
  password_incorrect: [400, 'The password given as proof is wrong.'],
  password_reused: [400, 'The new password is one of the last three.'],
  code_required: [400, 'Two-step verification is on, and no code was given.'],
  code_invalid: [400, 'The code of two-step verification is wrong or was used before.'],
  two_step_on: [400, 'Two-step verification is already on.'],
  two_step_off: [400, 'Two-step verification is off.'],
  two_step_not_started: [400, 'No secret waits for its first code.'],
  passkey_invalid: [400, 'The passkey could not be verified.'],
  passkey_exists: [400, 'The passkey has already been added.'],
  passkey_limit: [400, 'The user has as many passkeys as allowed.'],
  token_limit: [400, 'The account has as many active API tokens as allowed.'],
  account_limit: [400, 'The user owns as many accounts as allowed.'],
  email_taken: [400, 'Another user has this email.'],
  company_taken: [400, 'Another account of the reseller has this company name.'],
  reseller_name_taken: [400, 'Another reseller has this name.'],
  domain_taken: [400, 'Another reseller uses this domain.'],
  address_taken: [400, 'The address already gets these notifications.'],
  preset_name_taken: [400, 'The user already has a preset of this name for the list.'],
  preset_limit: [400, 'The user has as many presets as allowed.'],
  feature_enabled: [400, 'The account already has this feature.'],
  already_activated: [400, 'The user has already confirmed the email.'],
  already_invited: [400, 'The user is in the account, or invited to it.'],
  cannot_be_invited: [400, 'This user cannot be added to this account.'],
  user_cannot_sign_in: [400, 'The user is blocked, has no account, or has not accepted the invitation.'],
  object_deleted: [400, 'The object was deleted and cannot be changed.'],
  not_deleted: [400, 'The account is not deleted, so it cannot be restored.'],
  deletion_requested: [400, 'Deletion of the account has already been requested.'],
  deletion_not_requested: [400, 'Deletion of the account has not been requested.'],
  transition_not_allowed: [400, 'A service in this status cannot get that one.'],
  product_not_available: [400, 'The product is not available to the account.'],
  account_not_movable: [400, 'The account cannot be moved to that reseller.'],
  mail_server_failed: [400, 'The mail server did not take the mail. Its answer is in `errors`.'],
  not_authenticated: [401, 'There is no credential.'],
  session_invalid: [401, 'The access or refresh token is wrong, expired or revoked.'],
  token_invalid: [401, 'The API token is wrong, expired or deleted.'],
  operator_token_required: [401, 'The address takes REEVE_METRICS_TOKEN.'],
  forbidden: [403, 'The caller can see the object and may not do this to it.'],
  cross_origin: [403, 'The request was not made by a page of this server.'],
  local_only: [403, 'The address is available on the server itself only.'],
  two_step_required: [403, 'The caller must set up two-step verification first.'],
  recent_proof_required: [403, 'The user must confirm who it is first: `POST /reeve/sessions/current/proof`.'],
  session_required: [403, "This takes a session of the user's own, not an API token."],
  session_read_only: [403, 'The session may only read.'],
  acting_session: [403, 'Not allowed while acting as somebody else.'],
  wrong_account: [403, 'API tokens can be created only in the account of the session.'],
  cannot_target_self: [403, 'Not allowed for oneself.'],
  account_closed: [403, 'An Administrator of the account closed it to staff.'],
  cannot_sign_in: [403, 'Nobody can act as a user who cannot sign in.'],
  sellers_not_allowed: [403, "The reseller's security settings do not allow sellers to do this."],
  email_recently_changed: [403, 'Staff changed the email of the user less than 72 hours ago.'],
  last_operator: [403, 'The user is the last operator who can sign in.'],
  last_administrator: [403, 'The user is the last Administrator of the account.'],
  only_account: [403, 'A user cannot leave its only account.'],
  several_accounts: [403, 'The user belongs to several accounts and can only be removed from them.'],
  active_tokens: [403, 'The user has active API tokens in the account.'],
  seller_operation: [403, 'Sellers have an operation of their own for this.'],
  technical_account: [403, "A reseller's own account cannot be deleted."],
  platform_protected: [403, 'The platform itself cannot be deleted.'],
  operators_only: [403, 'Only an operator of the platform can do this.'],
  product_in_use: [403, 'The product is in use and must stay available.'],
  not_found: [404, 'There is no such object, or the caller cannot see it.'],
  method_not_allowed: [405, 'The path does not take this method. `Allow` lists those it takes.'],
  request_timeout: [408, 'The request took too long to arrive.'],
  mail_sent: [409, 'The mail has already been sent.'],
  mail_being_sent: [409, 'The mail is being sent.'],
  no_mail_server: [409, 'There is no mail server to send the mail through.'],
  mail_link_erased: [409, 'The link in the mail has been erased.'],
  change_set_state: [409, 'The change set is in a state that does not allow this.'],
  body_too_large: [413, 'The request body is too large.'],
  unsupported_media_type: [415, 'The operation does not take this `Content-Type`.'],
  rate_limited: [429, 'Too many requests by this credential or from this address.'],
  too_many_attempts: [429, 'Too many attempts failed.'],
  mailbox_limited: [429, 'The address got too many emails of this kind.'],
  invitations_limited: [429, 'The user has invited as many people as allowed in a day.'],
  email_changes_limited: [429, 'The user has asked for too many changes of email.'],
  headers_too_large: [431, 'The request headers are too large.'],
  internal_error: [500, 'Something went wrong in the server. The log has it under the request id.'],
  busy: [503, 'The server has too much to do.'],
  database_unavailable: [503, 'The database is not available.'],
  disk_full: [503, 'The database has run out of disk space.'],
  outcome_unknown: [503, 'The database did not confirm the change, which may have been made.'],
  not_ready: [503, 'The server is not ready: the body of `/readyz` says why.'],
  signing_key_unavailable: [503, 'The server has no key to sign tokens with.'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>

export type ErrorCode = keyof typeof errorCodes

/** The codes of a status. */
export type CodeOf<Status extends number> = {
  [Code in ErrorCode]: (typeof errorCodes)[Code][0] extends Status ? Code : never
}[ErrorCode]

/** The header of every error. Not in the body: the contract says what that is, and one place is enough. */
export const ERROR_CODE = 'x-error-code'

/** The codes of each status, in the order of the catalogue. */
export function codesByStatus(): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const [code, [status]] of Object.entries(errorCodes)) byStatus.set(status, [...(byStatus.get(status) ?? []), code as ErrorCode])
  return byStatus
}
