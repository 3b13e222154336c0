/** JSON schemas of lockdowns. */
import { Type } from 'typebox'
import { instant, matching, nullable } from '../../http/schema.ts'

export const LockdownRequest = Type.Object(
  {
    reason: matching('\\S', 'This field may not be blank.', {
      maxLength: 500,
      description: 'Why. It is mailed to the person, and staff can read it.',
    }),
  },
  { title: 'LockdownRequest', examples: [{ reason: 'The laptop was stolen.' }] },
)

export const Lockdown = Type.Object(
  {
    locked_at: nullable(instant('Since when the user is locked down. Null if it is not.')),
    locked_by: nullable(Type.Integer({ description: 'The user who did it, which may be the same person.' })),
    reason: nullable(Type.String({ description: 'Why.' })),
  },
  { title: 'Lockdown' },
)
