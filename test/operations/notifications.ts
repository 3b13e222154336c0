/** Whom a reseller has told: its own settings, the platform everybody's. */
import { answering, type Operation } from './table.ts'

const ofReseller = {
  object: 'reseller',
  expect: { own: [200, 200, 403, 403, 403], foreign: [200, 404, 403, 403, 403], unknown: [404, 404, 403, 403, 403] },
} as const satisfies Operation
const one = { object: 'notification', expect: { ...ofReseller.expect, misplaced: [404, 404, 403, 403, 403] } } as const satisfies Operation

const path = '/iam/reselling/resellers/{resellerId}/notification_settings'
const setting = `${path}/{notificationSettingsId}`
const body = () => ({ email: `asked${asked++}@alerts.example`, notification_type: 'failed_login' })
let asked = 0

export const notifications: Record<string, Operation> = {
  [`GET ${path}`]: ofReseller,
  [`POST ${path}`]: { ...ofReseller, body, expect: answering(201, ofReseller.expect) },
  [`GET ${setting}`]: one,
  [`PUT ${setting}`]: { ...one, body },
  [`PATCH ${setting}`]: { ...one, body: () => ({ enabled: false }) },
  [`DELETE ${setting}`]: { ...one, expect: answering(204, one.expect) },
}
