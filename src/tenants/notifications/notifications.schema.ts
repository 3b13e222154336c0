/** JSON schemas of notification settings. */
import { type Static, Type } from 'typebox'
import { emailAddress, enumeration, id } from '../../http/schema.ts'

export const notificationTypes = ['deletion_request', 'failed_login'] as const

const described = {
  notification_type: enumeration(notificationTypes, { description: 'The event: a request to delete an account, or failed sign-ins.' }),
  email: emailAddress('The recipient, once for each event.'),
  enabled: Type.Boolean({ description: 'Whether emails are sent.' }),
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
  description: 'Fields that are left out keep their values.',
})

export type SettingFields = Static<typeof NotificationSettingChanges>
