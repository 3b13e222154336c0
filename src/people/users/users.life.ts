/** The lifecycle of a user as a state table, to compare with docs/domain.md. An event without a next state is refused. */

export type UserState = 'invited' | 'invited, blocked' | 'active' | 'active, blocked' | 'deleted'
/** `confirm`: the link of an invitation or activation was followed. */
export type UserEvent = 'confirm' | 'block' | 'unblock' | 'delete'

export const life: Readonly<Record<UserState, Partial<Record<UserEvent, UserState>>>> = {
  invited: { confirm: 'active', block: 'invited, blocked', delete: 'deleted' },
  'invited, blocked': { unblock: 'invited', delete: 'deleted' },
  active: { block: 'active, blocked', delete: 'deleted' },
  'active, blocked': { unblock: 'active', delete: 'deleted' },
  deleted: {},
}

export function stateOf({ deleted, activated, active }: { deleted: boolean; activated: boolean; active: boolean }): UserState {
  if (deleted) return 'deleted'
  if (activated) return active ? 'active' : 'active, blocked'
  return active ? 'invited' : 'invited, blocked'
}
