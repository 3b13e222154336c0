/** Mails in English. */
import { type Change, type Language, plural, some, when } from './text.ts'

const ignore = 'If this was not you, ignore this mail: nothing will change.'

const changes: Record<Change, string> = {
  email: 'Your email address was changed',
  password: 'Your password was changed',
  two_step_on: 'Two-step verification was switched on',
  two_step_off: 'Two-step verification was switched off',
  backup_codes: 'New backup codes were made',
  passkey_added: 'A passkey was added',
  passkey_removed: 'A passkey was removed',
  token_added: 'An API token was created',
  access_ended: 'All API tokens, passkeys and sessions were ended',
  unknown: 'The way you sign in was changed',
}

export const en: Language = {
  days: plural('en', { one: 'day', other: 'days' }),
  hours: plural('en', { one: 'hour', other: 'hours' }),
  greeting: (name) => (name ? `Hello ${name},` : 'Hello,'),
  orOpen: 'If the button does not work, open this address:',
  linkWorks: (hours) => `The link works once, for ${hours}.`,
  sentBy: (brand) => `This mail was sent by ${brand}.`,
  questions: 'Questions?',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `Invitation to ${company || brand}`,
      says: [
        `You are invited to ${company ? `the account “${company}” at ${brand}` : brand}${when(role, `, in the role “${role}”`)}. To accept, choose a password.`,
      ],
      button: 'Accept the invitation',
      after: ['If you do not expect this invitation, ignore this mail.'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `Invitation to ${company || brand}`,
      says: [
        `You are invited to the account “${company}” at ${brand}${when(role, `, in the role “${role}”`)}.`,
        'Once you accept, the Administrators of the account see your name, your telephone number and how you sign in. Until then they see nothing of you.',
      ],
      button: 'Accept the invitation',
      after: ['If you do not expect this invitation, ignore this mail.'],
    }),
    activation: ({ brand, company }) => ({
      subject: `Activate your access to ${brand}`,
      says: [`An access to ${brand} was made for you${when(company, ` at “${company}”`)}. Choose a password to activate it.`],
      button: 'Choose a password',
    }),
    password_reset: ({ brand }) => ({
      subject: `A new password for ${brand}`,
      says: [`A new password was asked for for your access to ${brand}.`],
      button: 'Choose a new password',
      after: ['If this was not you, ignore this mail: your password stays as it is.'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `Confirm your new address for ${brand}`,
      says: [`From now on you want to sign in to ${brand} ${email ? `as ${email}` : 'with this address'}. Please confirm it.`],
      button: 'Confirm the address',
      after: [ignore],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}: your email address is about to change`,
            says: [
              `${requested_by} asked that you sign in to ${brand} ${email ? `as ${email}` : 'with another address'} from now on.`,
              `If you do not agree, stop the change${when(until, ` before ${until}`)}. If you agree, you can allow it at once; otherwise it is made after that time.`,
            ],
            button: 'Stop or allow the change',
          }
        : {
            subject: `${brand}: another email address was asked for`,
            says: [`A change of the address with which you sign in to ${brand} was asked for.`],
            button: 'Stop the change',
            after: [
              'If this was you, there is nothing to do here. If it was not, stop the change and choose a new password: somebody may know yours.',
            ],
          },
    totp_disable: ({ brand }) => ({
      subject: `Switch off two-step verification at ${brand}`,
      says: [`It was asked to switch off two-step verification for your access to ${brand}.`],
      button: 'Switch it off',
      after: ['If this was not you, ignore this mail and change your password: somebody may know it.'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `Confirm the deletion of the account${when(company, ` “${company}”`)}`,
      says: [
        `You asked ${brand} to delete the account${when(company, ` “${company}”`)}. Once you confirm, it is paused until it is deleted.`,
      ],
      button: 'Request the deletion',
      after: ['If this was not you, ignore this mail and contact us: somebody else may be signed in as you.'],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `Your trial of ${product} has begun`,
      says: some(
        `The trial of ${product} has begun${when(company, ` for the account “${company}”`)}.`,
        when(days, `You can use it for ${days}, free of charge.`),
      ),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `Your trial of ${product} ends ${days ? `in ${days}` : 'soon'}`,
      says: [
        `The trial of ${product}${when(company, ` for the account “${company}”`)} ends ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}.`,
        'To go on using it, please contact us before then.',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `Your trial of ${product} has ended`,
      says: some(
        `The trial of ${product}${when(company, ` for the account “${company}”`)} has ended.`,
        when(days, `What is kept in it will be deleted in ${days}. To go on using it, please contact us before then.`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `The API token “${token}” expires ${days ? `in ${days}` : 'soon'}`,
      says: some(
        `The API token “${token}”${when(company, ` of the account “${company}”`)} expires ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}. It will not be accepted afterwards.`,
        when(email, `It was created by ${email}.`),
        'If something still uses it, create another one and put it in its place.',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `Your password expires ${days ? `in ${days}` : 'soon'}`,
      says: [
        `Your password for ${brand} expires ${days ? `in ${days}` : 'soon'}${when(date, `, on ${date}`)}. Please choose a new one before then.`,
      ],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `Failed sign-ins at ${brand}`,
      says: [`There were failed attempts to sign in${when(attempts, `: ${attempts}`)}${when(since, `, between ${since} and ${until}`)}.`],
      list: some(when(emails, `For whom: ${emails}`), when(addresses, `From where: ${addresses}`)),
      after: ['You get this mail because your address is in the notification settings.'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `Deletion of the account “${company}” was requested`,
      says: [
        `The deletion of the account “${company}”${when(account, ` (${account})`)} was requested${when(requested_by, ` by ${requested_by}`)}.`,
      ],
      after: ['You get this mail because your address is in the notification settings.'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses }) => ({
      subject: `${brand}: ${changes[change]}`,
      says: [`${changes[change]}. This is about your access to ${brand}.`],
      list: some(
        when(token, `Token: ${token}`),
        when(at, `When: ${at}`),
        when(addresses, `From where: ${addresses}`),
        when(tokens, `API tokens that still work: ${tokens}`),
        when(passkeys, `Passkeys that still work: ${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: 'End all API tokens and passkeys' }),
      after: [
        change === 'email'
          ? 'From now on this address neither signs you in nor gets mails about your access. If you do not agree, contact us at once: a new password would be mailed to the other address.'
          : 'If this was neither you nor agreed with you, ask for a new password at once and contact us: somebody else may have come in.',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}: somebody has your password`,
      says: [
        `Somebody gave your right password for ${brand} and then wrong codes${when(attempts, `, ${attempts} times in a row`)}. Nobody was signed in.`,
      ],
      list: some(when(at, `When: ${at}`), when(addresses, `From where: ${addresses}`)),
      after: ['If this was not you, choose another password at once: it ends these attempts too.'],
    }),
    test: ({ brand }) => ({
      subject: `Test mail of ${brand}`,
      says: ['This is how your mails look. Whoever reads this has a mail server that works.'],
    }),
  },
}
