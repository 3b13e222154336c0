/** Details for mails that are shown and not sent. */
import type { MailDetail } from './templates.ts'

export const exampleDetails: Record<MailDetail, string | number> = {
  name: 'Anna Berg',
  company: 'Berg & Sons',
  role: 'Engineers',
  email: 'anna@berg.example',
  product: 'CDN',
  days: 2,
  token: 'Deployment',
  date: '2026-03-01T00:00:00Z',
  account: 1042,
  requested_by: 'anna@berg.example',
  change: 'password',
  at: '2026-03-01T09:30:00Z',
  attempts: 12,
  emails: 'anna@berg.example, ole@berg.example',
  addresses: '192.0.2.7, 2001:db8::7',
  since: '2026-03-01T09:00:00Z',
  until: '2026-03-01T10:00:00Z',
  tokens: 3,
  passkeys: 1,
  reason: 'The laptop was stolen',
  provider: 'Berg ID',
}
