/** Pages in English. */
import type { Texts } from './text.ts'

const choose = (email: string) => `Choose a password. You will sign in as ${email}.`
const ready = 'Your password is set. You can sign in now.'

export const en: Texts = {
  purposes: {
    invitation: { title: 'Accept the invitation', says: choose, button: 'Accept', done: ready },
    account_invitation: {
      title: 'Accept the invitation',
      says: (company) =>
        `You will join the account “${company}”. Its Administrators will see your name, your phone number and how you sign in. You can leave at any time.`,
      button: 'Accept',
      done: 'You have joined the account. Sign in as usual to work in it.',
    },
    activation: { title: 'Activate your account', says: choose, button: 'Activate', done: ready },
    password_reset: {
      title: 'Choose a new password',
      says: (email) => `This replaces the password of ${email}. You will be signed out everywhere.`,
      button: 'Set the password',
      done: ready,
    },
    email_change: {
      title: 'Confirm your new email address',
      says: (email) => `From now on you will sign in as ${email}.`,
      button: 'Confirm',
      done: 'Your email address has been changed. Use it the next time you sign in.',
    },
    email_change_notice: {
      title: 'Change of your email address',
      says: (email) => `After the change you will sign in as ${email}. Stop it if you do not agree.`,
      button: 'Stop the change',
      done: 'The change has been stopped. Keep signing in with your present address.',
    },
    end_access: {
      title: 'Revoke all API tokens and passkeys',
      says: (email) => `All API tokens and passkeys of ${email} will stop working, and the user will be signed out everywhere.`,
      button: 'Revoke them all',
      done: 'They no longer work. Sign in with your password and create the ones you need.',
    },
    account_deletion: {
      title: 'Request deletion of the account',
      says: (company) =>
        `The account “${company}” will be paused until it is deleted. Its Administrators can withdraw the request until then.`,
      button: 'Request deletion',
      done: 'Deletion of the account has been requested.',
    },
    totp_disable: {
      title: 'Turn off two-step verification',
      says: (email) => `${email} will then sign in with the password alone.`,
      button: 'Turn it off',
      done: 'Two-step verification is off. You can turn it on again after you sign in.',
    },
  },
  accessLeft: 'Your API tokens and passkeys still work. If you do not recognise all of them, revoke them.',
  ownChange: 'After the change you will sign in with another address. Stop it if you did not ask for it.',
  allow: 'Allow it now',
  waits:
    'This address is confirmed. You can sign in with it once the change is approved from your present address, or after three days if nobody objects from there.',
  allowed: 'You have approved the change. It happens as soon as the new address is confirmed too.',
  password: 'New password',
  again: 'Repeat the password',
  rules: 'At least 12 characters. Do not use a common password, one that resembles your email, or one of your last three.',
  refusals: {
    too_short: 'The password is too short. Use at least 12 characters.',
    too_long: 'The password is too long. Use at most 128 characters.',
    too_common: 'This password is too common.',
    too_like_email: 'The password is too similar to your email.',
    used_before: 'You have used this password before. Choose another one.',
    differ: 'The two passwords do not match.',
    email_taken: 'Another user has this address now.',
  },
  onwards: (name) => `Continue to ${name}`,
  gone: {
    title: 'This link does not work',
    says: 'A link works once and for a limited time. This one was used, has expired, or was replaced by a newer email. Request another one on the sign-in page, or ask the person who invited you or your provider’s support.',
  },
}
