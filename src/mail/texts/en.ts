/** Emails in English. */
import { type Change, type Language, plural, some, when } from './text.ts'

const ignore = 'If you did not ask for this, ignore this email. Nothing will change.'

const changes: Record<Change, string> = {
  email: 'Your email address was changed',
  password: 'Your password was changed',
  two_step_on: 'Two-step verification was switched on',
  two_step_off: 'Two-step verification was switched off',
  backup_codes: 'New backup codes were created',
  passkey_added: 'A passkey was added',
  passkey_removed: 'A passkey was removed',
  token_added: 'An API token was created',
  access_ended: 'All API tokens, passkeys and sessions were revoked',
  locked_down: 'Your access was locked',
  lockdown_lifted: 'Your access was unlocked',
  identity_linked: 'A sign-in by an identity provider was added',
  identity_removed: 'A sign-in by an identity provider was removed',
  unknown: 'The way you sign in was changed',
}

export const en: Language = {
  days: plural('en', { one: 'day', other: 'days' }),
  hours: plural('en', { one: 'hour', other: 'hours' }),
  greeting: (name) => (name ? `Hello ${name},` : 'Hello,'),
  orOpen: 'If the button does not work, open this link:',
  linkWorks: (hours) => `The link works once and expires in ${hours}.`,
  sentBy: (brand) => `This email was sent by ${brand}.`,
  questions: 'Questions?',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `Invitation to ${company || brand}`,
      says: [
        `You have been invited to ${company ? `the account “${company}” at ${brand}` : brand}${when(role, ` with the role “${role}”`)}. To accept, choose a password.`,
      ],
      button: 'Accept the invitation',
      after: ['If you were not expecting this invitation, ignore this email.'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `Invitation to ${company || brand}`,
      says: [
        `You have been invited to the account “${company}” at ${brand}${when(role, ` with the role “${role}”`)}.`,
        'Once you accept, the Administrators of the account can see your name, your phone number and how you sign in. Until then they see nothing about you.',
      ],
      button: 'Accept the invitation',
      after: ['If you were not expecting this invitation, ignore this email.'],
    }),
    activation: ({ brand, company }) => ({
      subject: `Activate your ${brand} account`,
      says: [`An account at ${brand} has been created for you${when(company, ` at “${company}”`)}. Choose a password to activate it.`],
      button: 'Choose a password',
    }),
    password_reset: ({ brand }) => ({
      subject: `Reset your ${brand} password`,
      says: [`Somebody asked to reset your password at ${brand}.`],
      button: 'Choose a new password',
      after: ['If this was not you, ignore this email. Your password stays the same.'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `Confirm your new email address at ${brand}`,
      says: [`Please confirm that you want to sign in to ${brand} ${email ? `as ${email}` : 'with this address'} from now on.`],
      button: 'Confirm the address',
      after: [ignore],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}: your email address is about to change`,
            says: [
              `${requested_by} asked to change the address you sign in to ${brand} with${when(email, ` to ${email}`)}.`,
              `If you do not agree, stop the change${when(until, ` before ${until}`)}. If you agree, you can allow it now. If you do nothing, it happens after that time.`,
            ],
            button: 'Stop or allow the change',
          }
        : {
            subject: `${brand}: a change of your email address was requested`,
            says: [`Somebody asked to change the address you sign in to ${brand} with.`],
            button: 'Stop the change',
            after: [
              'If this was you, there is nothing to do. If not, stop the change and choose a new password, because somebody may know yours.',
            ],
          },
    totp_disable: ({ brand }) => ({
      subject: `Turn off two-step verification at ${brand}`,
      says: [`Somebody asked to turn off two-step verification for you at ${brand}.`],
      button: 'Turn it off',
      after: ['If this was not you, ignore this email and change your password, because somebody may know it.'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `Confirm the deletion of the account${when(company, ` “${company}”`)}`,
      says: [
        `You asked ${brand} to delete the account${when(company, ` “${company}”`)}. Once you confirm, the account is paused until it is deleted.`,
      ],
      button: 'Request deletion',
      after: ['If this was not you, ignore this email and contact us, because somebody else may be signed in as you.'],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `Your ${product} trial has started`,
      says: some(
        `Your ${product} trial has started${when(company, ` for the account “${company}”`)}.`,
        when(days, `You can use it free of charge for ${days}.`),
      ),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `Your ${product} trial ends ${days ? `in ${days}` : 'soon'}`,
      says: [
        `The ${product} trial${when(company, ` of the account “${company}”`)} ends ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}.`,
        'To keep using it, please contact us before then.',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `Your ${product} trial has ended`,
      says: some(
        `The ${product} trial${when(company, ` of the account “${company}”`)} has ended.`,
        when(days, `Its data will be deleted in ${days}. To keep using it, please contact us before then.`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `The API token “${token}” expires ${days ? `in ${days}` : 'soon'}`,
      says: some(
        `The API token “${token}”${when(company, ` of the account “${company}”`)} expires ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}. It stops working then.`,
        when(email, `It was created by ${email}.`),
        'If something still uses it, create a new token and replace it.',
      ),
    }),
    certificate_ends_soon: ({ provider, company, days, date }) => ({
      subject: `The certificate of “${provider}” ends ${days ? `in ${days}` : 'soon'}`,
      says: some(
        `The last certificate of the identity provider “${provider}”${when(company, ` of the account “${company}”`)} ends ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}. Nobody can sign in by it after that.`,
        'Create a new certificate at the provider, and enter it here beside the present one before you switch over there. If the metadata is read from an address, publishing it there is enough.',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `Your password expires ${days ? `in ${days}` : 'soon'}`,
      says: [
        `Your ${brand} password expires ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}. Please choose a new one before then.`,
      ],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `Failed sign-in attempts at ${brand}`,
      says: [`There were failed sign-in attempts${when(since, ` between ${since} and ${until}`)}.`],
      list: some(when(attempts, `Attempts: ${attempts}`), when(emails, `Users: ${emails}`), when(addresses, `IP addresses: ${addresses}`)),
      after: ['You are receiving this email because your address is in the notification settings.'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `Deletion of the account “${company}” was requested`,
      says: [`${requested_by || 'Somebody'} requested the deletion of the account “${company}”${when(account, ` (${account})`)}.`],
      after: ['You are receiving this email because your address is in the notification settings.'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses, reason }) => ({
      subject: `${brand}: ${changes[change]}`,
      says: [`${changes[change]}. This concerns your sign-in to ${brand}.`],
      list: some(
        when(token, `Token: ${token}`),
        when(reason, `Reason: ${reason}`),
        when(at, `When: ${at}`),
        when(addresses, `IP addresses: ${addresses}`),
        when(tokens, `API tokens that still work: ${tokens}`),
        when(passkeys, `Passkeys that still work: ${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: 'Revoke all API tokens and passkeys' }),
      after: [
        change === 'email'
          ? 'You can no longer sign in with this address, and emails about your sign-in go to the new one. If you did not agree to this, contact us at once. Resetting the password will not help, because that email goes to the new address too.'
          : 'If you did not do this or agree to it, reset your password at once and contact us, because somebody else may have signed in as you.',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}: somebody has your password`,
      says: [
        `Somebody entered your correct ${brand} password and then a wrong code${when(attempts, `, ${attempts} times in a row`)}. Nobody was signed in.`,
      ],
      list: some(when(at, `When: ${at}`), when(addresses, `IP addresses: ${addresses}`)),
      after: ['If this was not you, change your password at once. That also stops these attempts.'],
    }),
    sso_exception: ({ brand, email, provider, at, addresses }) => ({
      subject: `${brand}: ${email || 'somebody'} signed in without ${provider || 'the identity provider'}`,
      says: [
        `${email || 'Somebody'} signed in to ${brand} as an exception, although ${provider ? `“${provider}”` : 'an identity provider'} is required.`,
      ],
      list: some(when(at, `When: ${at}`), when(addresses, `IP addresses: ${addresses}`)),
      after: ['You are receiving this email because you are an Administrator. If nobody had a reason to, end the sessions of this user.'],
    }),
    sso_in_place_of_password: ({ brand, provider }) => ({
      subject: `Sign in to ${brand} with ${provider || 'your company'}`,
      says: [
        `Somebody asked to reset your password at ${brand}. You do not sign in with a password there, but with ${provider ? `“${provider}”` : 'the identity provider of your company'}.`,
      ],
      after: ['If this was not you, ignore this email.'],
    }),
    test: ({ brand }) => ({
      subject: `Test email from ${brand}`,
      says: ['This is what your emails look like. If you can read this, your mail server works.'],
    }),
  },
}
