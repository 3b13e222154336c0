/** JSON schemas of the access of staff to an account. */
import { type Static, Type } from 'typebox'
import { enumeration, instant, nullable } from '../../../http/schema.ts'

const access = enumeration(['open', 'closed'], { description: 'Whether staff of the reseller may log in as its users.' })

export const StaffAccess = Type.Object(
  { access, until: nullable(instant('When it closes by itself; null if it stays as it is.')) },
  { title: 'StaffAccess' },
)
export type StaffAccess = Static<typeof StaffAccess>

/** Hours for which an account may be opened. */
const hours = [1, 24, 72] as const

export const StaffAccessRequest = Type.Object(
  {
    access,
    hours: Type.Optional(
      Type.Unsafe<(typeof hours)[number]>({
        type: 'integer',
        enum: hours,
        description: 'For how long an open account is open. It is closed afterwards. Left out, it stays open.',
      }),
    ),
  },
  { title: 'StaffAccessRequest', examples: [{ access: 'open', hours: 24 }] },
)
