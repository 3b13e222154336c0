/** JSON schemas of a reseller's security settings. */
import { Type } from 'typebox'

export const SecuritySettings = Type.Object(
  {
    sellers_need_two_step: Type.Boolean({ description: 'Sellers of the reseller must have two-step verification.' }),
    administrators_need_two_step: Type.Boolean({ description: 'So must the Administrators of its clients.' }),
    sellers_may_change_email: Type.Boolean({ description: 'Sellers may ask for another email of a client user. False unless it is set.' }),
    sellers_may_reset_two_step: Type.Boolean({
      description: 'Sellers may mail a client user a link that switches two-step verification off. False unless it is set.',
    }),
  },
  { title: 'SecuritySettings' },
)
export const SecurityChanges = Type.Partial(SecuritySettings, {
  title: 'SecurityChanges',
  examples: [{ sellers_need_two_step: true }],
  description: 'What is left out stays as it is.',
})
