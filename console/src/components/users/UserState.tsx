/** The state of a user in a word. */
import { Trans } from '@lingui/react/macro'
import { Status } from '../Status.tsx'

export interface UserLike {
  deleted: boolean
  activated: boolean
  is_active?: boolean
}

export function UserState({ user: { deleted, activated, is_active = true } }: { user: UserLike }) {
  if (deleted)
    return (
      <Status tone="bad">
        <Trans>Deleted</Trans>
      </Status>
    )
  if (!is_active)
    return (
      <Status tone="warn">
        <Trans>Blocked</Trans>
      </Status>
    )
  if (!activated)
    return (
      <Status tone="info">
        <Trans>Invited</Trans>
      </Status>
    )
  return (
    <Status tone="good">
      <Trans>Active</Trans>
    </Status>
  )
}
