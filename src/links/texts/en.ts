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
        `You will belong to the account “${company}”, and its Administrators will see your name, your telephone number and how you sign in. You can leave it at any time.`,
      button: 'Accept',
      done: 'You belong to the account now. Sign in as before to work in it.',
    },
    activation: { title: 'Activate your access', says: choose, button: 'Activate', done: ready },
    password_reset: {
      title: 'Choose a new password',
      says: (email) => `It replaces the password of ${email}. Wherever you are signed in, you will be signed out.`,
      button: 'Set the password',
      done: ready,
    },
    email_change: {
      title: 'Confirm your new address',
      says: (email) => `From now on you will sign in as ${email}.`,
      button: 'Confirm',
      done: 'The address is changed. Use it when you sign in next.',
    },
    email_change_notice: {
      title: 'A change of your email address',
      says: (email) => `You would sign in as ${email} from then on. Stop the change if you do not agree.`,
      button: 'Stop the change',
      done: 'The change is stopped. You sign in with your present address as before.',
    },
    end_access: {
      title: 'End all API tokens and passkeys',
      says: (email) => `All API tokens and passkeys of ${email} stop working, whatever uses them, and it is signed out everywhere.`,
      button: 'End them all',
      done: 'They work no more. Sign in with your password and create the ones you need.',
    },
    account_deletion: {
      title: 'Request the deletion of the account',
      says: (company) => `The account “${company}” is paused until it is deleted. Its Administrators can withdraw the request before then.`,
      button: 'Request the deletion',
      done: 'The deletion of the account is requested.',
    },
    totp_disable: {
      title: 'Switch off two-step verification',
      says: (email) => `${email} will then sign in by password alone.`,
      button: 'Switch it off',
      done: 'Two-step verification is off. You can switch it on again after you sign in.',
    },
  },
  accessLeft: 'API tokens and passkeys still work. If you do not know all of them, end them.',
  ownChange: 'You would sign in with another address from then on. Stop the change if you did not ask for it.',
  allow: 'Allow it now',
  waits:
    'This address is confirmed. You can sign in with it once your present address agrees, or after three days without an objection from there.',
  allowed: 'You agreed. The change is made as soon as the new address is confirmed as well.',
  password: 'New password',
  again: 'The same password again',
  rules: 'At least 12 characters of any kind. Nothing common, nothing like your email, none of your last passwords.',
  refusals: {
    too_short: 'The password is too short: it needs 12 characters or more.',
    too_long: 'The password is too long: it may have 128 characters.',
    too_common: 'This password is too common.',
    too_like_email: 'The password is too much like your email.',
    used_before: 'You had this password before. Choose another one.',
    differ: 'The two passwords are not the same.',
    email_taken: 'Somebody else has this address by now.',
  },
  onwards: (name) => `Continue to ${name}`,
  gone: {
    title: 'This link does not work',
    says: 'A link works once and for a limited time. It was used, it has ended, or a newer mail replaced it. Ask for another one where you sign in, or ask whoever invited you or your provider’s support.',
  },
}
