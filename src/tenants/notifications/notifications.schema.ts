/** JSON schemas of notification settings. */
import { type Static, Type } from 'typebox'
import { emailAddress, enumeration, id } from '../../http/schema.ts'

export const notificationTypes = ['deletion_request', 'failed_login'] as const

const described = {
  notification_type: enumeration(notificationTypes, { description: 'What is told: a request to delete an account, or failed logins.' }),
  email: emailAddress('Who is told. An address is told once of one thing.'),
  enabled: Type.Boolean({ description: 'Whether mails are sent at present.' }),
}

export const NotificationSetting = Type.Object(
  { id: id('Setting.'), reseller: id('Reseller.'), ...described },
  { title: 'NotificationSetting' },
)

export const NotificationSettingRequest = Type.Object(
  { ...described, enabled: Type.Optional(described.enabled) },
  {
    title: 'NotificationSettingRequest',
    examples: [{ notification_type: 'failed_login', email: 'security@north.example', enabled: true }],
  },
)

export const NotificationSettingChanges = Type.Partial(NotificationSettingRequest, {
  title: 'NotificationSettingChanges',
  examples: [{ enabled: false }],
  description: 'What is left out stays as it is.',
})

export type SettingFields = Static<typeof NotificationSettingChanges>
