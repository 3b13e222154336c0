/** JSON schemas of a reseller's security settings. */
import { Type } from 'typebox'

export const SecuritySettings = Type.Object(
  {
    sellers_need_two_step: Type.Boolean({ description: 'Sellers of the reseller must have two-step verification.' }),
    administrators_need_two_step: Type.Boolean({ description: 'Administrators of its clients must have two-step verification.' }),
    sellers_may_change_email: Type.Boolean({ description: 'Sellers can change the email of a client user. Default: false.' }),
    sellers_may_reset_two_step: Type.Boolean({
      description: 'Sellers can send a client user a link that turns off two-step verification. Default: false.',
    }),
  },
  { title: 'SecuritySettings' },
)
export const SecurityChanges = Type.Partial(SecuritySettings, {
  title: 'SecurityChanges',
  examples: [{ sellers_need_two_step: true }],
  description: 'Fields that are left out keep their values.',
})
