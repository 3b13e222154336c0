import { useLingui } from '@lingui/react/macro'
import { NativeSelect } from '@mantine/core'
import { api } from '../../../api/client.ts'
import type { BaseUser } from '../../../api/types.ts'
import { useAct } from '../../../lib/act.ts'
import { roleName, roles } from '../../../lib/words.ts'

/** The role of a user, changed as soon as another is chosen. */
export function RoleSelect({ user, clientId }: { user: BaseUser; clientId: number }) {
  const { t } = useLingui()
  const { busy, act } = useAct()
  const change = (id: number) => {
    const role = roleName(String(id))
    return act(
      () => api('PUT /iam/clients/{clientId}/client-users/{userId}', { path: { clientId, userId: user.id }, body: { user_role: { id } } }),
      t`${user.email}: ${role}`,
    )
  }
  return (
    <NativeSelect
      size="xs"
      miw={285}
      aria-label={t`Role of ${user.email}`}
      value={String(user.groups[0]?.id ?? '')}
      disabled={busy}
      onChange={(event) => change(Number(event.currentTarget.value))}
      data={roles.map(({ id }) => ({ value: String(id), label: roleName(String(id)) }))}
    />
  )
}
